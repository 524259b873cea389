; LinkLog's setup.exe. scripts/dist/build calls:
;
;   makensis -INPUTCHARSET UTF8 -DVERSION=1.2.3 -DNUMBERS=1.2.3.0 -DFILES=folder -DOUT=file -DHOMEPAGE=address linklog.nsi
;
; For the one who installs it on many computers:
;
;   setup.exe /S                     without a window; the service, its firewall rule, Start menu, start at login
;             /AUTOSTART=0           not at login (1: yes; without it an upgrade leaves it as it is)
;             /PORT=9162             another port than 162 (without it an upgrade leaves it as it is)
;             /STOPSNMPTRAP          stops Windows' own service "SNMP Trap" if that has the port
;             /D=C:\folder           another folder than C:\Program Files\LinkLog; last, without quotes
;   uninstall.exe /S                 keeps history and settings
;                 /PURGE             removes them
;
; Exit code: 0 done, 1 cancelled, 2 failed, 3 installed, but the service could not be.

Target amd64-unicode
Unicode true
ManifestDPIAware true
ManifestLongPathAware true
SetCompressor /SOLID lzma
RequestExecutionLevel admin ; once: the service, Program Files and the firewall rule all need it

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WinVer.nsh
!include WordFunc.nsh
!include nsDialogs.nsh

Name LinkLog
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\LinkLog"
BrandingText "LinkLog ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey /LANG=0 ProductName LinkLog
VIAddVersionKey /LANG=0 ProductVersion "${VERSION}"
VIAddVersionKey /LANG=0 FileVersion "${VERSION}"
VIAddVersionKey /LANG=0 FileDescription "LinkLog Setup"
VIAddVersionKey /LANG=0 CompanyName "The LinkLog authors"
VIAddVersionKey /LANG=0 LegalCopyright "© The LinkLog authors, BSD 2-Clause licence"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\LinkLog"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPPATH "Software\Microsoft\Windows\CurrentVersion\App Paths\linklog-app.exe"
!define NOTIFIER "Software\Classes\AppUserModelId\LinkLog" ; name and icon of the app's notifications
!define OWN "Software\LinkLog" ; what the uninstaller has to take back
!define SERVICES "SYSTEM\CurrentControlSet\Services"

!define MUI_ICON "${FILES}\linklog.ico"
!define MUI_UNICON "${FILES}\linklog.ico"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION start_app
Page custom choices choices_leave
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
UninstPage custom un.choices un.choices_leave
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE German

!macro Text name english german
	LangString ${name} ${LANG_ENGLISH} "${english}"
	LangString ${name} ${LANG_GERMAN} "${german}"
!macroend
!insertmacro Text TITLE "Install LinkLog" "LinkLog installieren"
!insertmacro Text SUBTITLE "Version ${VERSION}" "Version ${VERSION}"
!insertmacro Text WHAT "LinkLog's background service receives and keeps what your router reports, and its app shows it. Both are installed in $INSTDIR." \
	"Der Hintergrunddienst von LinkLog empfängt und speichert, was der Router meldet; die App zeigt es. Beide werden in $INSTDIR installiert."
!insertmacro Text AT_LOGIN "&Start LinkLog in the tray when I log in" "LinkLog bei der &Anmeldung im Infobereich starten"
!insertmacro Text STOP_TRAP "Stop the Windows service &$\"SNMP Trap$\"" "Den Windows-Dienst &$\"SNMP-Trap$\" anhalten"
!insertmacro Text ABOUT_TRAP "The Windows service $\"SNMP Trap$\" uses port 162, to which your router sends. Only programs for network administrators need it. LinkLog cannot receive anything while it is running. Uninstalling LinkLog restores it." \
	"Der Windows-Dienst $\"SNMP-Trap$\" belegt Port 162, an den der Router sendet. Nur Programme für Netzwerkadministratoren brauchen ihn. Solange er läuft, kann LinkLog nichts empfangen. Beim Entfernen von LinkLog wird er wiederhergestellt."
!insertmacro Text INSTALL "&Install" "&Installieren"
!insertmacro Text OLD_WINDOWS "LinkLog needs Windows 10 or newer." "LinkLog benötigt Windows 10 oder neuer."
!insertmacro Text TWICE "LinkLog's setup is already running." "Das Setup von LinkLog läuft bereits."
!insertmacro Text NO_FILE "could not be written. Is it open in a different program?" "ließ sich nicht schreiben. Ist es in einem anderen Programm geöffnet?"
!insertmacro Text NO_SERVICE "The background service could not be installed. The app works without it and lets you try again.$\n$\n" \
	"Der Hintergrunddienst ließ sich nicht installieren. Die App funktioniert auch ohne ihn und bietet an, es erneut zu versuchen.$\n$\n"
!insertmacro Text UN_TITLE "Remove LinkLog" "LinkLog entfernen"
!insertmacro Text UN_WHAT "The app, the service and its firewall rule are removed." "App, Dienst und Firewallregel werden entfernt."
!insertmacro Text UN_PURGE "&Also delete the history and the settings" "&Auch Verlauf und Einstellungen löschen"
!insertmacro Text UN_FAILED "The background service could not be removed. Restart Windows and try again.$\n$\n" \
	"Der Hintergrunddienst ließ sich nicht entfernen. Bitte Windows neu starten und es erneut versuchen.$\n$\n"
!insertmacro Text COMMAND_LINE "LinkLog command line" "LinkLog-Befehlszeile"

Var autostart  ; 1, 0, or - to leave it as it is
Var stoptrap   ; 1 or 0
Var trap       ; 1: Windows' service has the port, or will have
Var port       ; "" for the usual one
Var upgrade    ; 1 or 0
Var running    ; 1: the app ran and is to run again
Var hive       ; where the user at the screen has his settings: HKU\S-1-…, "" for HKCU
Var purge      ; of the uninstaller: 1 or 0
Var box
Var box2

; Runs a program of ours without a window: exit code in $0, what it said in $1.
!macro Ours arguments
	nsExec::ExecToStack /TIMEOUT=120000 '"$INSTDIR\linklog.exe" ${arguments}'
	Pop $0
	Pop $1
	DetailPrint "linklog ${arguments}: $0 $1"
!macroend

; Sets how Windows' own service starts.
!macro SetStart start
	System::Call 'advapi32::OpenSCManagerW(p 0, p 0, i 1) p .r0'
	System::Call 'advapi32::OpenServiceW(p r0, w "SNMPTRAP", i 2) p .r1' ; SERVICE_CHANGE_CONFIG
	${If} $1 P<> 0
		System::Call 'advapi32::ChangeServiceConfigW(p r1, i -1, i ${start}, i -1, p 0, p 0, p 0, p 0, p 0, p 0, p 0)'
		System::Call 'advapi32::CloseServiceHandle(p r1)'
	${EndIf}
	System::Call 'advapi32::CloseServiceHandle(p r0)'
!macroend

; The installer's and the uninstaller's.
!macro Common un
	; Ends the app, of all users. Its choices are written at once and atomically. $running: there was one.
	Function ${un}stop_app
		nsExec::ExecToStack /TIMEOUT=20000 '"$SYSDIR\taskkill.exe" /F /IM linklog-app.exe'
		Pop $0
		Pop $1
		StrCpy $running 0
		${If} $0 == 0
			StrCpy $running 1
			Sleep 500 ; until Windows lets go of the file
		${EndIf}
	FunctionEnd
!macroend
!insertmacro Common ""
!insertmacro Common un.

; Whether Windows' own service has port 162: it runs, or starts with the computer.
Function find_trap
	StrCpy $trap 0
	ReadRegDWORD $0 HKLM "${SERVICES}\SNMPTRAP" Start
	${If} ${Errors}
		Return
	${EndIf}
	${If} $0 == 2
		StrCpy $trap 1
	${EndIf}
	System::Call 'advapi32::OpenSCManagerW(p 0, p 0, i 1) p .r0'
	System::Call 'advapi32::OpenServiceW(p r0, w "SNMPTRAP", i 4) p .r1'
	${If} $1 P<> 0
		System::Call '*(i, i, i, i, i, i, i) p .r2'
		System::Call 'advapi32::QueryServiceStatus(p r1, p r2) i .r3'
		System::Call '*$2(i, i .r4)'
		System::Free $2
		System::Call 'advapi32::CloseServiceHandle(p r1)'
		${If} $3 <> 0
		${AndIf} $4 <> 1 ; SERVICE_STOPPED
			StrCpy $trap 1
		${EndIf}
	${EndIf}
	System::Call 'advapi32::CloseServiceHandle(p r0)'
FunctionEnd

; The user at the screen, who may be another than the administrator whose password was typed in: $hive.
Function find_user
	StrCpy $hive ""
	System::Call 'wtsapi32::WTSQuerySessionInformationW(p 0, i -1, i 5, *p .r1, *i) i .r0' ; WTSUserName
	${If} $0 = 0
		Return
	${EndIf}
	System::Call '*$1(&w256 .r3)'
	System::Call 'wtsapi32::WTSFreeMemory(p r1)'
	System::Call 'wtsapi32::WTSQuerySessionInformationW(p 0, i -1, i 7, *p .r1, *i) i .r0' ; WTSDomainName
	${If} $0 = 0
		Return
	${EndIf}
	System::Call '*$1(&w256 .r4)'
	System::Call 'wtsapi32::WTSFreeMemory(p r1)'
	System::Alloc 256
	Pop $5
	System::Call 'advapi32::LookupAccountNameW(p 0, w "$4\$3", p r5, *i 256, w .r6, *i 256, *i) i .r0'
	${If} $0 <> 0
		System::Call 'advapi32::ConvertSidToStringSidW(p r5, *p .r7) i .r0'
		${If} $0 <> 0
			System::Call '*$7(&w200 .r8)'
			System::Call 'kernel32::LocalFree(p r7)'
			; only if it is there: else it would be made, for nobody
			EnumRegKey $0 HKU "$8\Software\Microsoft\Windows" 0
			${If} $0 != ""
				StrCpy $hive $8
			${EndIf}
		${EndIf}
	${EndIf}
	System::Free $5
	ClearErrors
FunctionEnd

Function .onInit
	SetRegView 64
	SetShellVarContext all
	${IfNot} ${AtLeastWin10}
		MessageBox MB_ICONSTOP|MB_OK "$(OLD_WINDOWS)" /SD IDOK
		SetErrorLevel 2
		Quit
	${EndIf}
	System::Call 'kernel32::CreateMutexW(p 0, i 0, w "Global\LinkLogSetup") p .r0 ?e'
	Pop $0
	${If} $0 = 183 ; ERROR_ALREADY_EXISTS
		MessageBox MB_ICONEXCLAMATION|MB_OK "$(TWICE)" /SD IDOK
		SetErrorLevel 2
		Quit
	${EndIf}

	; Where it is, there it stays.
	StrCpy $upgrade 0
	ReadRegStr $0 HKLM "${UNINSTALL}" InstallLocation
	${If} $0 != ""
		StrCpy $upgrade 1
		${If} $INSTDIR == "$PROGRAMFILES64\LinkLog"
			StrCpy $INSTDIR $0
		${EndIf}
	${EndIf}

	Call find_user
	${GetParameters} $R0
	StrCpy $autostart 1
	${If} $upgrade = 1
		StrCpy $autostart -
	${EndIf}
	ClearErrors
	${GetOptions} $R0 "/AUTOSTART=" $R1
	${IfNot} ${Errors}
		StrCpy $autostart $R1
	${EndIf}
	StrCpy $stoptrap 0
	ClearErrors
	${GetOptions} $R0 "/STOPSNMPTRAP" $R1
	${IfNot} ${Errors}
		StrCpy $stoptrap 1
	${EndIf}
	ClearErrors
	${GetOptions} $R0 "/PORT=" $port
	${If} ${Errors}
		StrCpy $port ""
		; that of the service which is there
		ReadRegStr $R1 HKLM "${SERVICES}\LinkLog" ImagePath
		${WordFind} "$R1 " " --port " "E+1}" $R2
		${IfNot} ${Errors}
			IntOp $port $R2 + 0
		${EndIf}
	${EndIf}
	ClearErrors
	Call find_trap
FunctionEnd

; What is asked: one page, which can be answered by doing nothing.
Function choices
	!insertmacro MUI_HEADER_TEXT "$(TITLE)" "$(SUBTITLE)"
	nsDialogs::Create 1018
	Pop $0
	${NSD_CreateLabel} 0 0 100% 30u "$(WHAT)"
	Pop $0
	${NSD_CreateCheckbox} 0 36u 100% 12u "$(AT_LOGIN)"
	Pop $box
	${If} $autostart == 1
		${NSD_Check} $box
	${ElseIf} $autostart == -
		Call reads_autostart
		${If} $0 != ""
			${NSD_Check} $box
		${EndIf}
	${EndIf}
	${If} $trap = 1
		${NSD_CreateCheckbox} 0 58u 100% 12u "$(STOP_TRAP)"
		Pop $box2
		${NSD_Check} $box2
		${NSD_CreateLabel} 12u 72u -12u 50u "$(ABOUT_TRAP)"
		Pop $0
	${EndIf}
	GetDlgItem $0 $HWNDPARENT 1
	SendMessage $0 ${WM_SETTEXT} 0 "STR:$(INSTALL)"
	nsDialogs::Show
FunctionEnd

Function choices_leave
	${NSD_GetState} $box $autostart
	${If} $trap = 1
		${NSD_GetState} $box2 $stoptrap
	${EndIf}
FunctionEnd

; $0: what starts at login for the user at the screen, "" for nothing.
Function reads_autostart
	${If} $hive == ""
		ReadRegStr $0 HKCU "${RUN}" LinkLog
	${Else}
		ReadRegStr $0 HKU "$hive\${RUN}" LinkLog
	${EndIf}
	ClearErrors
FunctionEnd

; As the user at the screen and without the rights of the setup: through his desktop.
Function start_app
	Exec '"$WINDIR\explorer.exe" "$SMPROGRAMS\LinkLog\LinkLog.lnk"'
FunctionEnd

; Puts a file in its place. One that runs cannot be replaced, but it can be moved.
!macro Place name
	Delete "$INSTDIR\${name}.old"
	Rename "$INSTDIR\${name}" "$INSTDIR\${name}.old"
	ClearErrors
	File "${FILES}\${name}"
	${If} ${Errors}
		Rename "$INSTDIR\${name}.old" "$INSTDIR\${name}"
		MessageBox MB_ICONSTOP|MB_OK "$INSTDIR\${name} $(NO_FILE)" /SD IDOK
		SetErrorLevel 2
		Quit
	${EndIf}
	Delete /REBOOTOK "$INSTDIR\${name}.old"
	ClearErrors
!macroend

Section
	SetOutPath $INSTDIR
	SetOverwrite on
	StrCpy $running 0
	${If} ${FileExists} "$INSTDIR\linklog-app.exe"
		Call stop_app
	${EndIf}
	${If} ${FileExists} "$INSTDIR\linklog.exe"
		!insertmacro Ours "service stop"
	${EndIf}

	!insertmacro Place linklog.exe
	!ifdef APP
		!insertmacro Place linklog-app.exe
	!endif
	File "${FILES}\LICENSE.txt"
	File "${FILES}\THIRD_PARTY_NOTICES.txt"
	File "${FILES}\README.txt"
	WriteUninstaller "$INSTDIR\uninstall.exe"

	${If} $trap = 1
		DetailPrint "$(ABOUT_TRAP)"
	${EndIf}
	${If} $trap = 1
	${AndIf} $stoptrap = 1
		ReadRegDWORD $0 HKLM "${SERVICES}\SNMPTRAP" Start
		ReadRegDWORD $1 HKLM "${OWN}" SNMPTRAPStart
		${If} ${Errors} ; not by an earlier setup
			WriteRegDWORD HKLM "${OWN}" SNMPTRAPStart $0
		${EndIf}
		nsExec::ExecToLog /TIMEOUT=60000 '"$SYSDIR\net.exe" stop SNMPTRAP'
		Pop $0
		!insertmacro SetStart 3 ; SERVICE_DEMAND_START
	${EndIf}

	; Also adds the firewall rule, and over an older service renews it.
	${If} $port == ""
		!insertmacro Ours "service install"
	${Else}
		!insertmacro Ours "service install --port $port"
	${EndIf}
	StrCpy $R9 $0
	${If} $R9 != 0
		MessageBox MB_ICONEXCLAMATION|MB_OK "$(NO_SERVICE)$1" /SD IDOK
	${EndIf}

	!ifdef APP
		CreateDirectory "$SMPROGRAMS\LinkLog"
		CreateShortcut "$SMPROGRAMS\LinkLog\LinkLog.lnk" "$INSTDIR\linklog-app.exe"
		WriteRegStr HKLM "${APPPATH}" "" "$INSTDIR\linklog-app.exe"
		WriteRegStr HKLM "${APPPATH}" Path "$INSTDIR"
		; as the app itself does it, which has a switch for it in its settings
		${If} $autostart == 1
			${If} $hive == ""
				WriteRegStr HKCU "${RUN}" LinkLog '"$INSTDIR\linklog-app.exe" --hidden'
			${Else}
				WriteRegStr HKU "$hive\${RUN}" LinkLog '"$INSTDIR\linklog-app.exe" --hidden'
			${EndIf}
		${ElseIf} $autostart == 0
			${If} $hive == ""
				DeleteRegValue HKCU "${RUN}" LinkLog
			${Else}
				DeleteRegValue HKU "$hive\${RUN}" LinkLog
			${EndIf}
		${EndIf}
	!endif
	; A window in which "linklog" is found. The PATH of the computer stays as it is.
	CreateDirectory "$SMPROGRAMS\LinkLog"
	CreateShortcut "$SMPROGRAMS\LinkLog\$(COMMAND_LINE).lnk" "$SYSDIR\cmd.exe" '/k "set PATH=%PATH%;$INSTDIR&& linklog status"' "$INSTDIR\linklog.exe"

	WriteRegStr HKLM "${UNINSTALL}" DisplayName LinkLog
	WriteRegStr HKLM "${UNINSTALL}" DisplayVersion "${VERSION}"
	WriteRegStr HKLM "${UNINSTALL}" DisplayIcon "$INSTDIR\linklog.exe"
	WriteRegStr HKLM "${UNINSTALL}" Publisher "The LinkLog authors"
	WriteRegStr HKLM "${UNINSTALL}" URLInfoAbout "${HOMEPAGE}"
	WriteRegStr HKLM "${UNINSTALL}" InstallLocation "$INSTDIR"
	WriteRegStr HKLM "${UNINSTALL}" UninstallString '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKLM "${UNINSTALL}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
	WriteRegDWORD HKLM "${UNINSTALL}" NoModify 1
	WriteRegDWORD HKLM "${UNINSTALL}" NoRepair 1
	${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
	WriteRegDWORD HKLM "${UNINSTALL}" EstimatedSize $0

	${If} $R9 != 0
		SetErrorLevel 3
	${EndIf}
	${If} $running = 1
	${AndIf} ${Silent}
		Call start_app
	${EndIf}
SectionEnd

Function un.onInit
	SetRegView 64
	SetShellVarContext all
	StrCpy $purge 0
	${GetParameters} $R0
	ClearErrors
	${GetOptions} $R0 "/PURGE" $R1
	${IfNot} ${Errors}
		StrCpy $purge 1
	${EndIf}
	ClearErrors
FunctionEnd

Function un.choices
	!insertmacro MUI_HEADER_TEXT "$(UN_TITLE)" "$(SUBTITLE)"
	nsDialogs::Create 1018
	Pop $0
	${NSD_CreateLabel} 0 0 100% 20u "$(UN_WHAT)"
	Pop $0
	${NSD_CreateCheckbox} 0 26u 100% 12u "$(UN_PURGE)"
	Pop $box
	${If} $purge = 1
		${NSD_Check} $box
	${EndIf}
	nsDialogs::Show
FunctionEnd

Function un.choices_leave
	${NSD_GetState} $box $purge
FunctionEnd

Section un.LinkLog
	Call un.stop_app
	${If} $purge = 1
		!insertmacro Ours "service uninstall --purge --yes"
	${Else}
		!insertmacro Ours "service uninstall"
	${EndIf}
	${If} $0 != 0
		; Without its program nobody could remove the service any more.
		MessageBox MB_ICONSTOP|MB_OK "$(UN_FAILED)$1" /SD IDOK
		SetErrorLevel 2
		Quit
	${EndIf}

	; Windows' own service as it was
	ClearErrors
	ReadRegDWORD $0 HKLM "${OWN}" SNMPTRAPStart
	${IfNot} ${Errors}
		${If} $0 = 2
			!insertmacro SetStart 2 ; SERVICE_AUTO_START
			nsExec::ExecToLog /TIMEOUT=60000 '"$SYSDIR\net.exe" start SNMPTRAP'
			Pop $0
		${EndIf}
	${EndIf}

	Delete /REBOOTOK "$INSTDIR\linklog.exe"
	Delete /REBOOTOK "$INSTDIR\linklog-app.exe"
	Delete /REBOOTOK "$INSTDIR\linklog.exe.old"
	Delete /REBOOTOK "$INSTDIR\linklog-app.exe.old"
	Delete "$INSTDIR\LICENSE.txt"
	Delete "$INSTDIR\THIRD_PARTY_NOTICES.txt"
	Delete "$INSTDIR\README.txt"
	Delete /REBOOTOK "$INSTDIR\uninstall.exe"
	RMDir /REBOOTOK "$INSTDIR" ; only if it is empty
	RMDir /r "$SMPROGRAMS\LinkLog"

	DeleteRegKey HKLM "${UNINSTALL}"
	DeleteRegKey HKLM "${APPPATH}"
	DeleteRegKey HKLM "${OWN}"
	; of every user who is logged in; what is left of others starts nothing
	StrCpy $1 0
	${Do}
		EnumRegKey $0 HKU "" $1
		${If} $0 == ""
			${Break}
		${EndIf}
		DeleteRegValue HKU "$0\${RUN}" LinkLog
		DeleteRegKey HKU "$0\${NOTIFIER}"
		IntOp $1 $1 + 1
	${Loop}
	DeleteRegValue HKCU "${RUN}" LinkLog
	DeleteRegKey HKCU "${NOTIFIER}"

	${If} $purge = 1
		SetShellVarContext current
		RMDir /r "$LOCALAPPDATA\LinkLog"
		RMDir /r "$APPDATA\LinkLog"
		; Fyne's, which the app is drawn with; the folder above may be other programs', too
		RMDir /r "$LOCALAPPDATA\fyne\io.github.linklog.LinkLog"
		RMDir "$LOCALAPPDATA\fyne"
		RMDir /r "$APPDATA\fyne\io.github.linklog.LinkLog"
		RMDir "$APPDATA\fyne"
	${EndIf}
	SetErrorLevel 0
SectionEnd
