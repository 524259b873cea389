/* Stands in for netsh.exe where there is no firewall (wine): writes down what it is asked to C:\netsh.log, and knows as much of
   rules as linklog asks for: whether there is one. */
#include <windows.h>
#include <stdio.h>

int wmain(void) {
	const wchar_t *line = GetCommandLineW();
	FILE *log = _wfopen(L"C:\\netsh.log", L"a, ccs=UTF-8");
	if (log) {
		fwprintf(log, L"%ls\n", line);
		fclose(log);
	}
	if (wcsstr(line, L" add rule "))
		return !(log = _wfopen(L"C:\\netsh.rule", L"w")) || fclose(log);
	if (wcsstr(line, L" delete rule "))
		return !DeleteFileW(L"C:\\netsh.rule");
	return GetFileAttributesW(L"C:\\netsh.rule") == INVALID_FILE_ATTRIBUTES; /* show */
}
