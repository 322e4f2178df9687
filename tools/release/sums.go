package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// setSums replaces the lines of the root in a go.sum, in the order in which the
// go command keeps them.
func setSums(name string, root []string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	bySum := map[module.Version]string{}
	var order []module.Version
	for _, line := range append(strings.Split(string(data), "\n"), root...) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		m := module.Version{Path: fields[0], Version: fields[1]}
		if _, known := bySum[m]; !known {
			order = append(order, m)
		}
		bySum[m] = line
	}
	module.Sort(order)
	var out bytes.Buffer
	for _, m := range order {
		if m.Path != rootPath || len(root) > 0 && strings.Contains(root[0], " "+strings.TrimSuffix(m.Version, "/go.mod")+" ") {
			fmt.Fprintln(&out, bySum[m])
		}
	}
	return os.WriteFile(name, out.Bytes(), 0o666)
}

// hasSums reports whether a go.sum has lines of the root.
func hasSums(name string) (bool, error) {
	data, err := os.ReadFile(name)
	return bytes.Contains(data, []byte(rootPath+" v")), err
}

// nameVersion writes the version into every go.mod that requires one of the
// released modules.
func nameVersion(repo, version string) error {
	for _, folder := range append(released[1:], untagged...) {
		file, err := readMod(filepath.Join(repo, folder))
		if err != nil {
			return err
		}
		for _, require := range file.Require {
			for _, one := range released {
				if require.Mod.Path == modulePath(one) {
					err = errors.Join(err, file.AddRequire(require.Mod.Path, version))
				}
			}
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(file.Syntax.Name, modfile.Format(file.Syntax), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// writeSums gives the nested modules the sums of the root as it is now. A later
// change of the root's files makes them wrong.
func (r *release) writeSums() error {
	for _, m := range r.modules[1:] {
		if err := setSums(filepath.Join(r.repo, m.folder, "go.sum"), r.modules[0].sums); err != nil {
			return err
		}
	}
	fmt.Printf("release: the go.mod files name %s, and the go.sum files have its sums; commit them, then: .ci/release ready\n", r.version)
	return nil
}

// tidy brings go.mod and go.sum of each module back from where the root can be
// fetched. A go.sum that has no sums of the root gets none.
func (r *release) tidy() error {
	for _, m := range r.modules {
		if err := r.goCommand(m.dir, "mod", "tidy"); err != nil {
			return err
		}
		home := filepath.Join(r.repo, m.folder)
		released, err := hasSums(filepath.Join(home, "go.sum"))
		if err != nil {
			return err
		}
		if !released {
			if err := setSums(filepath.Join(m.dir, "go.sum"), nil); err != nil {
				return err
			}
		}
		for _, name := range []string{"go.mod", "go.sum"} {
			if err := copyFile(filepath.Join(m.dir, name), filepath.Join(home, name)); err != nil {
				return err
			}
		}
	}
	return nil
}
