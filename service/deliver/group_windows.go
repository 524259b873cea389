package deliver

import (
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// group is a program with all that it starts: a job, which ends with its handle.
type group struct {
	cmd *exec.Cmd
	job windows.Handle
}

func newGroup(cmd *exec.Cmd) (*group, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateJobObject", err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		windows.CloseHandle(job)
		return nil, os.NewSyscallError("SetInformationJobObject", err)
	}
	return &group{cmd, job}, nil
}

// started puts the program into the job. What it started before, in the first
// moment, is not in it.
func (g *group) started() {
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE
	if process, err := windows.OpenProcess(access, false, uint32(g.cmd.Process.Pid)); err == nil {
		_ = windows.AssignProcessToJobObject(g.job, process) // else kill ends the program alone
		windows.CloseHandle(process)
	}
}

// kill ends all of the job. Only when the program was started is it called.
func (g *group) kill() error {
	err := windows.TerminateJobObject(g.job, 1)
	_ = g.cmd.Process.Kill() // in case it is not in the job
	return err
}

func (g *group) close() { windows.CloseHandle(g.job) }
