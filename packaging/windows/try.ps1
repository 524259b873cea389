# Installs LinkLog on a Windows, uses it and removes it; ends with LinkLog purged. For the release workflow and spare computers:
#   packaging/windows/try.ps1 -Setup C:\path\to\linklog-1.2.3-setup.exe
param([Parameter(Mandatory)][string]$Setup)
$ErrorActionPreference = 'Stop'

function Run($Program, [string[]]$Arguments) {
	$p = Start-Process -FilePath $Program -ArgumentList $Arguments -PassThru -Wait
	if ($p.ExitCode -ne 0) { throw "$Program ${Arguments}: exit code $($p.ExitCode)" }
}
function Until($What, [scriptblock]$Done) {
	$end = (Get-Date).AddSeconds(30)
	while (-not (& $Done)) {
		if ((Get-Date) -gt $end) { throw "not within 30 s: $What" }
		Start-Sleep -Milliseconds 500
	}
	Write-Host "ok: $What"
}

Run $Setup @('/S')
$folder = "$env:ProgramFiles\LinkLog"
$linklog = "$folder\linklog.exe"
Until 'the service runs' { (Get-Service LinkLog).Status -eq 'Running' }
Until 'the firewall rule' { Get-NetFirewallRule -DisplayName LinkLog -ErrorAction SilentlyContinue }
& $linklog version
& $linklog status
& $linklog send --to 127.0.0.1 --count 3
Until 'linklog log shows three messages' { @(& $linklog log --no-dns).Count -eq 3 }

Run $Setup @('/S') # over itself
Until 'the service runs again' { (Get-Service LinkLog).Status -eq 'Running' }
Until 'the messages are still there' { @(& $linklog log --no-dns).Count -eq 3 }

Run "$folder\uninstall.exe" @('/S', '/PURGE')
Until 'the service is gone' { -not (Get-Service LinkLog -ErrorAction SilentlyContinue) }
Until 'the folder is gone' { -not (Test-Path $folder) }
Until 'the firewall rule is gone' { -not (Get-NetFirewallRule -DisplayName LinkLog -ErrorAction SilentlyContinue) }
Until 'the history is gone' { -not (Test-Path "$env:ProgramData\LinkLog") }
