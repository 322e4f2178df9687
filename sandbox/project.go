package sandbox

import (
	"fmt"
	"sync/atomic"

	"github.com/go-highhelp/highhelp/signer"
)

// projects are the cash registers of a Gateway by id. The map never changes.
type projects map[string]*register

// A register holds what a project now is. A rotation puts another one in its
// place, so that who has read one goes on with it.
type register struct{ atomic.Pointer[Project] }

func newProjects(list []Project) projects {
	all := projects{}
	for i := range list {
		all[list[i].ID] = &register{}
		all[list[i].ID].Store(&list[i])
	}
	return all
}

// current returns the project as it now is, or nil.
func (all projects) current(id string) *Project {
	if r, ok := all[id]; ok {
		return r.Load()
	}
	return nil
}

func (r *register) signer() signer.Signer { return r.Load().CallbackSigner }

// formerSigner returns nil if there is none.
func (r *register) formerSigner() signer.Signer { return r.Load().FormerCallbackSigner }

// change puts a changed copy in the project's place.
func (r *register) change(do func(*Project)) {
	for {
		before := r.Load()
		after := *before
		do(&after)
		if r.CompareAndSwap(before, &after) {
			return
		}
	}
}

// Rotate makes next the signer of a project's callbacks, and the one before
// the former one. What is not yet delivered is signed with next from its next
// try on. A change from RSA to HMAC or back is a rotation, too.
//
// It fails if there is no such project, and if next is no signer that
// Project.CallbackSigner could be.
func (g *Gateway) Rotate(projectID string, next signer.Signer) error {
	r, ok := g.projects[projectID]
	if !ok {
		return fmt.Errorf("sandbox: rotate: no project %q", projectID)
	}
	if wrong := wrongSigner(next); wrong != "" {
		return fmt.Errorf("sandbox: rotate: %s", wrong)
	}
	r.change(func(p *Project) { p.CallbackSigner, p.FormerCallbackSigner = next, p.CallbackSigner })
	return nil
}

// RotateKeys replaces the keys that verify a project's requests. While a shop
// changes its key, give both.
//
// It fails if there is no such project, and if a key is none that Project.Keys
// could hold, or there are none.
func (g *Gateway) RotateKeys(projectID string, keys ...signer.Key) error {
	r, ok := g.projects[projectID]
	if !ok {
		return fmt.Errorf("sandbox: rotate: no project %q", projectID)
	}
	if len(keys) == 0 {
		return fmt.Errorf("sandbox: rotate: at least one key is required")
	}
	for _, k := range keys {
		if wrong := wrongKey(k); wrong != "" {
			return fmt.Errorf("sandbox: rotate: %s", wrong)
		}
	}
	keys = append([]signer.Key(nil), keys...)
	r.change(func(p *Project) { p.Keys = keys })
	return nil
}
