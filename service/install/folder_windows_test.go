package install

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

func TestServiceSID(t *testing.T) {
	// The one every Windows has, as "sc showsid TrustedInstaller" prints it.
	if got := serviceSID("TrustedInstaller"); got != "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464" {
		t.Error(got)
	}
	if serviceSID(scmName) != serviceSID("linklog") {
		t.Error("names of services are the same in any case")
	}
}

func TestFolderSDDL(t *testing.T) {
	sd, err := windows.SecurityDescriptorFromString(folderSDDL(serviceSID(scmName)))
	if err != nil {
		t.Fatal(err)
	}
	control, _, err := sd.Control()
	if err != nil || control&windows.SE_DACL_PROTECTED == 0 {
		t.Errorf("the list is not protected: %v, %v", control, err)
	}
	dacl, _, err := sd.DACL()
	if err != nil || dacl.AceCount != 3 {
		t.Errorf("%+v, %v", dacl, err)
	}
	if owner, _, err := sd.Owner(); err != nil || !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		t.Errorf("owner %v, %v", owner, err)
	}
}

func TestProtect(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "LinkLog")
	for range 2 { // new, then there
		if err := (scm{}).protect(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o600); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(dir, "x")
	if err := (scm{}).protect(file); err == nil {
		t.Error("a file in the folder's place is not refused")
	}
}
