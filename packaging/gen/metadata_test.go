package main

import (
	"encoding/xml"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"linklog/assets/icons"
)

// text is a file of the repository.
func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// match is what a pattern finds in a file, its first group.
func match(t *testing.T, path, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text(t, path))
	if found == nil {
		t.Fatalf("%s: nothing is like %s", path, pattern)
	}
	return found[1]
}

// What the app is called stands in FyneApp.toml. The files of the packages cannot read it, but say the same.
func TestPackagesSayWhatFyneAppSays(t *testing.T) {
	var app struct {
		Website, Description string
		Languages            []string
		Details              struct {
			Icon, Name, ID, Version string
			Build                   int
		}
		LinuxAndBSD struct {
			GenericName, Comment string
			Categories, Keywords []string
		}
		Migrations map[string]bool
	}
	if err := toml.Unmarshal([]byte(text(t, "FyneApp.toml")), &app); err != nil {
		t.Fatal(err)
	}
	d := app.Details
	if d.Build < 1 || !app.Migrations["fyneDo"] {
		t.Errorf("build %d, migrations %v", d.Build, app.Migrations)
	}
	if icon := text(t, d.Icon); icon != string(icons.App().Content()) {
		t.Errorf("%s is not the icon that is in the program", d.Icon)
	} else if _, err := png.DecodeConfig(strings.NewReader(icon)); err != nil {
		t.Error(err)
	}
	for _, e := range entries(text(t, "CHANGELOG.md")) {
		if e.version != "Unreleased" {
			if e.version != d.Version {
				t.Errorf("the version is %s, the newest release in CHANGELOG.md %s", d.Version, e.version)
			}
			break
		}
	}

	const (
		build    = "scripts/dist/build"
		nfpm     = "packaging/linux/nfpm-linklog-app.yaml"
		nsi      = "packaging/windows/linklog.nsi"
		plist    = "packaging/macos/Info.plist"
		makePkg  = "packaging/macos/build-pkg.sh"
		pkg      = "packaging/macos/distribution.xml"
		remove   = "packaging/macos/uninstall.sh"
		login    = "packaging/linux/autostart.desktop"
		metainfo = "packaging/linux/io.github.linklog.LinkLog.metainfo.xml"
	)
	desktop := "packaging/linux/" + d.ID + ".desktop"
	list := func(words []string) string { return strings.Join(words, ";") + ";" }
	for _, c := range []struct{ path, pattern, want string }{
		{desktop, `\nName=(.*)\n`, d.Name},
		{desktop, `\nGenericName=(.*)\n`, app.LinuxAndBSD.GenericName},
		{desktop, `\nComment=(.*)\n`, app.LinuxAndBSD.Comment},
		{desktop, `\nCategories=(.*)\n`, list(app.LinuxAndBSD.Categories)},
		{desktop, `\nKeywords=(.*)\n`, list(app.LinuxAndBSD.Keywords)},
		{login, `\nName=(.*)\n`, d.Name},
		{nfpm, `dst: /etc/xdg/autostart/(.*)\.desktop\n`, d.ID},
		{build, `/usr/share/applications/(.*)\.desktop"`, d.ID},
		{build, `"ProductName": "(.*?)"`, d.Name},
		{build, `LINKLOG_HOMEPAGE:=(.*)}`, app.Website},
		{plist, `<key>CFBundleIdentifier</key>\s*<string>(.*)</string>`, d.ID},
		{plist, `<key>CFBundleName</key>\s*<string>(.*)</string>`, d.Name},
		{plist, `<key>CFBundleDisplayName</key>\s*<string>(.*)</string>`, d.Name},
		{makePkg, `\n\t--identifier (\S+) `, d.ID},
		{makePkg, `\napp=.*/(.*)\.app\n`, d.Name},
		{pkg, `<pkg-ref id="(.*?)" version`, d.ID},
		{remove, `LaunchAgents/(.*)\.plist"`, d.ID},
		{remove, `pkgutil --forget (\S+) `, d.ID},
		{nsi, `\nName (.*)\n`, d.Name},
		{nsi, `/LANG=0 ProductName (.*)\n`, d.Name},
		{nsi, `RMDir /r "\$LOCALAPPDATA\\fyne\\(.*)"`, d.ID},
		{nsi, `WriteRegStr HKCU "\$\{RUN\}" (\S+) `, d.Name}, // as the app does itself
	} {
		if got := match(t, c.path, c.pattern); got != c.want {
			t.Errorf("%s: %q, FyneApp.toml has %q", c.path, got, c.want)
		}
	}

	var info struct {
		ID         string   `xml:"id"`
		Name       string   `xml:"name"`
		Summary    []string `xml:"summary"`
		Launchable string   `xml:"launchable"`
		Categories []string `xml:"categories>category"`
	}
	if err := xml.Unmarshal([]byte(text(t, metainfo)), &info); err != nil {
		t.Fatal(err)
	}
	if info.ID != d.ID || info.Name != d.Name || info.Launchable != d.ID+".desktop" || info.Summary[0] != app.Description || !slices.Equal(info.Categories, app.LinuxAndBSD.Categories) {
		t.Errorf("%s: %+v", metainfo, info)
	}
	for _, l := range app.Languages {
		text(t, "app/lang/app."+l+".json")
	}
	files, err := filepath.Glob("../../app/lang/app.*.json")
	inPlist := regexp.MustCompile(`\n\t\t<string>(\w+)</string>`).FindAllString(text(t, plist), -1)
	if err != nil || len(files) != len(app.Languages) || len(inPlist) != len(app.Languages) {
		t.Errorf("%s, in %s %q, in FyneApp.toml %q", files, plist, inPlist, app.Languages)
	}
}

// A guide that a text of the package names is in the package.
func TestPackageHasTheGuidesItNames(t *testing.T) {
	t.Chdir("../..")
	t.Setenv("LINKLOG_VERSION", "1.2.3")
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	root := t.TempDir()
	if err := generate("linklog", root); err != nil {
		t.Fatal(err)
	}
	doc := filepath.Join(root, "usr/share/doc/linklog")
	shipped := []string{"CHANGELOG.md", "service/settings/default.toml", "packaging/linux/logrotate"}
	for _, folder := range []string{"cmd/linklog", "service", "app"} { // what the programs say
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if ext := filepath.Ext(path); ext == ".json" || ext == ".go" && !strings.HasSuffix(path, "_test.go") {
				shipped = append(shipped, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	packed, err := filepath.Glob(filepath.Join(doc, "*.md.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range packed {
		shipped = append(shipped, filepath.Join("docs", strings.TrimSuffix(filepath.Base(path), ".gz")))
	}
	named := regexp.MustCompile(`(?:docs/|\]\()([a-z]+\.md)\b`)
	guides := make(map[string]bool)
	for _, path := range shipped {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllSubmatch(data, -1) {
			guides[string(m[1])] = true
			if _, err := os.Stat(filepath.Join(doc, string(m[1])+".gz")); err != nil {
				t.Errorf("%s names %s, which is not in the package", path, m[1])
			}
		}
	}
	for _, guide := range []string{"alerts.md", "backup.md", "original.md", "security.md", "service.md", "socket.md"} {
		if !guides[guide] {
			t.Errorf("no text names %s", guide)
		}
	}
}
