package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// A release is the modules of one version, in a folder of its own.
type release struct {
	repo    string // what is released
	dir     string // holds everything that is made
	version string
	modules []*packed
}

// A packed module has the files that a tag would have, and its zip.
type packed struct {
	folder string // below the repository, and the prefix of the tag
	path   string
	dir    string // its files
	zip    string
	sums   []string // its lines in a go.sum
}

// pack makes the proxy of the files that git knows, also those that are not
// committed yet. The nested modules get the sums of the root in their go.sum,
// as they have at a tag.
func pack(repo string) (*release, error) {
	version, err := namedVersion(repo)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "highhelp-release-")
	if err != nil {
		return nil, err
	}
	r := &release{repo: repo, dir: dir, version: version}
	for _, folder := range released {
		m := &packed{folder: folder, path: modulePath(folder), dir: filepath.Join(dir, "src", folder)}
		if folder == "." {
			m.dir = filepath.Join(dir, "root")
		}
		r.modules = append(r.modules, m)
		if err := r.packModule(m); err != nil {
			return r, fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return r, nil
}

func modulePath(folder string) string {
	if folder == "." {
		return rootPath
	}
	return rootPath + "/" + folder
}

func (r *release) packModule(m *packed) error {
	if err := r.copyFiles(m); err != nil {
		return err
	}
	if m.folder != "." {
		if err := setSums(filepath.Join(m.dir, "go.sum"), r.modules[0].sums); err != nil {
			return err
		}
	}
	versions := filepath.Join(r.dir, "proxy", filepath.FromSlash(m.path), "@v")
	if err := os.MkdirAll(versions, 0o777); err != nil {
		return err
	}
	m.zip = filepath.Join(versions, r.version+".zip")
	out, err := os.Create(m.zip)
	if err != nil {
		return err
	}
	err = zip.CreateFromDir(out, module.Version{Path: m.path, Version: r.version}, m.dir)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	if err != nil {
		return err
	}
	info := fmt.Sprintf(`{"Version":%q,"Time":%q}`, r.version, time.Now().UTC().Format(time.RFC3339))
	err = errors.Join(
		os.WriteFile(filepath.Join(versions, r.version+".mod"), mod, 0o666),
		os.WriteFile(filepath.Join(versions, r.version+".info"), []byte(info), 0o666),
		os.WriteFile(filepath.Join(versions, "list"), []byte(r.version+"\n"), 0o666),
	)
	if err != nil {
		return err
	}
	m.sums, err = sums(m, r.version, mod)
	return err
}

// sums are the lines of a go.sum for the module.
func sums(m *packed, version string, mod []byte) ([]string, error) {
	whole, err := dirhash.HashZip(m.zip, dirhash.DefaultHash)
	if err != nil {
		return nil, err
	}
	only, err := dirhash.DefaultHash([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(mod)), nil
	})
	return []string{m.path + " " + version + " " + whole, m.path + " " + version + "/go.mod " + only}, err
}

// copyFiles copies what git knows of the module's folder, but for the modules
// below it, and the LICENSE of the root, as the go command does.
func (r *release) copyFiles(m *packed) error {
	out, err := r.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", m.folder)
	if err != nil {
		return err
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	apart := map[string]bool{}
	for _, file := range files {
		if folder, is := strings.CutSuffix(file, "/go.mod"); is && folder != m.folder {
			apart[folder] = true
		}
	}
	for _, file := range files {
		if below(file, apart) {
			continue
		}
		name, err := filepath.Rel(m.folder, file)
		if err != nil {
			return err
		}
		// A file that is deleted and not yet committed is listed nevertheless.
		if err := copyFile(filepath.Join(r.repo, file), filepath.Join(m.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(m.dir, "LICENSE")); errors.Is(err, fs.ErrNotExist) {
		return copyFile(filepath.Join(r.repo, "LICENSE"), filepath.Join(m.dir, "LICENSE"))
	}
	return nil
}

// below reports whether the file is in one of the folders.
func below(file string, folders map[string]bool) bool {
	for {
		i := strings.LastIndexByte(file, '/')
		if i < 0 {
			return false
		}
		if file = file[:i]; folders[file] {
			return true
		}
	}
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o666)
}

// namedVersion is the version of the root that the nested modules require: the
// same in all of them.
func namedVersion(repo string) (string, error) {
	version := ""
	for _, folder := range released[1:] {
		file, err := readMod(filepath.Join(repo, folder))
		if err != nil {
			return "", err
		}
		for _, require := range file.Require {
			switch {
			case require.Mod.Path != rootPath:
			case version != "" && version != require.Mod.Version:
				return "", fmt.Errorf("%s requires %s of the root, another module %s", folder, require.Mod.Version, version)
			default:
				version = require.Mod.Version
			}
		}
	}
	if version == "" {
		return "", errors.New("no module requires the root")
	}
	return version, nil
}

func readMod(dir string) (*modfile.File, error) {
	name := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, data, nil)
}
