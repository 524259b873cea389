#include "textflag.h"

// Called by syscall.syscall, as the functions of golang.org/x/sys/unix are.
TEXT launchActivateSocket<>(SB),NOSPLIT,$0-0
	JMP	libc_launch_activate_socket(SB)

GLOBL	·launchActivateSocketAddr(SB), RODATA, $8
DATA	·launchActivateSocketAddr(SB)/8, $launchActivateSocket<>(SB)
