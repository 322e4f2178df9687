package sandbox

import (
	"errors"
	"os"
)

// read returns a file of the state.
func (s *state) read(name string) ([]byte, error) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(name)
}

// replace puts data in the place of a file, all of it or nothing: it is
// written beside it, and takes its name once it is on the disk.
func (s *state) replace(name, beside string, data []byte) error {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := write(root, beside, os.O_TRUNC, data); err != nil {
		return err
	}
	return root.Rename(beside, name)
}

// extend appends data to a file.
func (s *state) extend(name string, data []byte) error {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return write(root, name, os.O_APPEND, data)
}

// write writes data into a file that only its owner can read.
func write(root *os.Root, name string, how int, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|how, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if how == os.O_TRUNC {
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, f.Close())
}
