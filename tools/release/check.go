package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Bounds of what a shop downloads, far above what there is.
const (
	maxZip  = 2 << 20
	maxFile = 256 << 10
)

// check proves that the modules work as somebody else gets them.
func (r *release) check() error {
	var broken []error
	for _, m := range r.modules {
		broken = append(broken, r.checkMod(m), checkZip(m, r.version))
	}
	if err := errors.Join(broken...); err != nil {
		return err
	}
	for _, m := range r.modules {
		for _, args := range [][]string{{"build", "./..."}, {"vet", "./..."}, {"mod", "tidy", "-diff"}} {
			if err := r.goCommand(m.dir, args...); err != nil {
				return fmt.Errorf("in %s: %w", m.path, err)
			}
		}
	}
	if err := r.shop("readme", "README.md"); err != nil {
		return err
	}
	if err := r.shop("quickstart", "docs/quickstart.md", released[1:]...); err != nil {
		return err
	}
	if err := r.install(); err != nil {
		return err
	}
	fmt.Printf("release: as %s, all modules build, are vetted and tidy, two shops that get them build, and the command installs\n", r.version)
	return nil
}

var goLine = regexp.MustCompile("The `go` line of each `go.mod` is ([0-9]+(?:[.][0-9]+)*)")

// checkMod checks that the go.mod says what docs/compatibility.md promises, and
// nothing that works only here.
func (r *release) checkMod(m *packed) error {
	file, err := readMod(m.dir)
	if err != nil {
		return err
	}
	guide, err := os.ReadFile(filepath.Join(r.repo, "docs/compatibility.md"))
	if err != nil {
		return err
	}
	promised := goLine.FindSubmatch(guide)
	var broken []error
	complain := func(format string, args ...any) {
		broken = append(broken, fmt.Errorf("%s: its go.mod "+format, append([]any{m.path}, args...)...))
	}
	if file.Module.Mod.Path != m.path {
		complain("is of %s", file.Module.Mod.Path)
	}
	if promised == nil || file.Go == nil || file.Go.Version != string(promised[1]) {
		complain("has another go line than docs/compatibility.md promises")
	}
	if file.Toolchain != nil {
		complain("has a toolchain line")
	}
	for _, replace := range file.Replace {
		complain("replaces %s", replace.Old.Path)
	}
	for _, exclude := range file.Exclude {
		complain("excludes %s", exclude.Mod.Path)
	}
	for _, require := range file.Require {
		if strings.HasPrefix(require.Mod.Path+"/", rootPath+"/") && require.Mod.Version != r.version {
			complain("requires %s", require.Mod)
		}
	}
	return errors.Join(broken...)
}

// checkZip checks what is downloaded, and says how much it is.
func checkZip(m *packed, version string) error {
	info, err := os.Stat(m.zip)
	if err != nil {
		return err
	}
	archive, err := zip.OpenReader(m.zip)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	var broken []error
	license := false
	for _, file := range archive.File {
		license = license || file.Name == m.path+"@"+version+"/LICENSE"
		if file.UncompressedSize64 > maxFile {
			broken = append(broken, fmt.Errorf("%s is of %d bytes", file.Name, file.UncompressedSize64))
		}
	}
	if !license {
		broken = append(broken, fmt.Errorf("%s: no LICENSE", m.path))
	}
	if info.Size() > maxZip {
		broken = append(broken, fmt.Errorf("%s: its zip is of %d bytes", m.path, info.Size()))
	}
	fmt.Printf("release: %s: %d files, %d KiB zipped\n", m.path, len(archive.File), info.Size()>>10)
	return errors.Join(broken...)
}

// shop makes a module of the first program in the document, as a stranger
// would, and of imports of the modules.
func (r *release) shop(name, document string, modules ...string) error {
	text, err := os.ReadFile(filepath.Join(r.repo, document))
	if err != nil {
		return err
	}
	_, program, found := strings.Cut(string(text), "\n```go\npackage main\n")
	program, _, ended := strings.Cut(program, "\n```\n")
	if !found || !ended {
		return fmt.Errorf("%s has no program", document)
	}
	imports := "package main\n"
	get := []string{"get", rootPath + "@" + r.version}
	for _, folder := range modules {
		imports += fmt.Sprintf("import _ %q\n", modulePath(folder))
		get = append(get, modulePath(folder)+"@"+r.version)
	}
	dir := filepath.Join(r.dir, "shop-"+name)
	err = errors.Join(
		os.Mkdir(dir, 0o777),
		os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n"+program+"\n"), 0o666),
		os.WriteFile(filepath.Join(dir, "imports.go"), []byte(imports), 0o666),
	)
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "shop.example"}, get, {"mod", "tidy"}, {"build", "-o", "shop", "."}, {"mod", "verify"}} {
		if err := r.goCommand(dir, args...); err != nil {
			return fmt.Errorf("the shop of %s: %w", document, err)
		}
	}
	return nil
}

// install installs the command and asks it for its version.
func (r *release) install() error {
	if err := r.goCommand(r.dir, "install", rootPath+"/cmd/highhelp@"+r.version); err != nil {
		return err
	}
	out, err := exec.Command(filepath.Join(r.dir, "bin", "highhelp"), "version").Output()
	if err != nil {
		return fmt.Errorf("highhelp version: %w", err)
	}
	if !strings.HasPrefix(string(out), "highhelp "+r.version+",") {
		return fmt.Errorf("highhelp version says %q", out)
	}
	return nil
}

// goCommand runs the go command where the modules can be fetched. It writes to a
// module cache of its own, so that this version is nowhere left behind; what the
// machine has downloaded already is taken from there. The checksum database
// does not know the modules yet.
func (r *release) goCommand(dir string, args ...string) error {
	env, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	here := strings.Split(string(env), "\n")
	fileURL := func(parts ...string) string {
		return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(parts...))}).String()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GOWORK=off",
		"GOPROXY="+fileURL(r.dir, "proxy")+","+fileURL(here[0], "cache", "download")+","+here[1],
		"GOMODCACHE="+filepath.Join(r.dir, "mod"),
		"GOBIN="+filepath.Join(r.dir, "bin"),
		"GOFLAGS=-trimpath -modcacherw -buildvcs=false", // trimmed, so that builds in another folder are cached
		"GOPRIVATE=", "GONOPROXY=", "GONOSUMDB=", "GOSUMDB=off",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
