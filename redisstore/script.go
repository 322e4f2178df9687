package redisstore

import (
	"context"
	"crypto/sha1"
	_ "embed" // the scripts
	"encoding/hex"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lib.lua
	library string
	//go:embed insert.lua
	insertSource string
	//go:embed take.lua
	takeSource string
	//go:embed renew.lua
	renewSource string
	//go:embed free.lua
	freeSource string
	//go:embed save.lua
	saveSource string
	//go:embed record.lua
	recordSource string

	insertScript = newScript(library + insertSource)
	takeScript   = newScript(takeSource)
	renewScript  = newScript(renewSource)
	freeScript   = newScript(freeSource)
	saveScript   = newScript(library + saveSource)
	recordScript = newScript(library + recordSource)
)

// A script is Lua that the server runs as one step. Values reach it as
// arguments only.
type script struct{ source, sha string }

func newScript(source string) *script {
	sum := sha1.Sum([]byte(source)) // the name that Redis gives it
	return &script{source, hex.EncodeToString(sum[:])}
}

// A processor is a client, or one connection of it.
type processor interface {
	Process(ctx context.Context, cmd redis.Cmder) error
}

// unrepeated is a processor whose client does not repeat a script by itself:
// if no answer comes, only the caller knows what that means.
type unrepeated struct{ processor }

// Process implements processor.
func (u unrepeated) Process(ctx context.Context, cmd redis.Cmder) error {
	if script, ok := cmd.(*redis.Cmd); ok {
		cmd = once{script}
	}
	return u.processor.Process(ctx, cmd)
}

type once struct{ *redis.Cmd }

// NoRetry implements [redis.Cmder].
func (once) NoRetry() bool { return true }

// run runs the script, and sends it first if the server does not know it.
func (s *script) run(ctx context.Context, on processor, keys []string, args ...any) (any, error) {
	cmd := s.command(ctx, "evalsha", s.sha, keys, args)
	err := on.Process(ctx, cmd)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		cmd = s.command(ctx, "eval", s.source, keys, args)
		err = on.Process(ctx, cmd)
	}
	return cmd.Val(), err
}

func (s *script) command(ctx context.Context, name, text string, keys []string, args []any) *redis.Cmd {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, name, text, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	cmd := redis.NewCmd(ctx, append(all, args...)...)
	cmd.SetFirstKeyPos(3)
	return cmd
}
