package main

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

func printVersion(*flag.FlagSet) action {
	return func(c *console) error {
		v := map[string]string{"version": "unknown", "go": runtime.Version()}
		if info, ok := debug.ReadBuildInfo(); ok {
			v["version"] = info.Main.Version
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					v["revision"] = s.Value
				}
			}
		}
		text := fmt.Sprintf("highhelp %s, %s\n", v["version"], v["go"])
		return c.answer(v, text)
	}
}
