package main

import (
	"flag"
	"net"
	"net/netip"
	"net/url"
)

const remoteUsage = "allow addresses that are not on this machine"

func remoteFlag(flags *flag.FlagSet) *bool { return flags.Bool("remote", false, remoteUsage) }

// parseTarget reads the URL of a flag.
func parseTarget(flag, raw string, remote bool) (*url.URL, error) {
	if err := checkTarget("--"+flag, raw, remote); err != nil {
		return nil, err
	}
	return url.Parse(raw)
}

// checkTarget checks a URL to which something is sent. Sending to another
// machine must be meant.
func checkTarget(name, raw string, remote bool) error {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return usageError{name + " is missing"}
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return usageError{name + " is not an http or https URL"}
	case u.User != nil:
		return usageError{name + " holds a user name"}
	case !loopback(u.Hostname()) && !remote:
		return usageError{name + ": " + u.Host + " is not on this machine: if that is meant, add --remote"}
	}
	return nil
}

// checkListen refuses to listen where other machines could reach it, unless
// that is meant.
func checkListen(addr string, remote bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError{"--addr is not an address such as 127.0.0.1:8090, or 127.0.0.1:0 for a free port"}
	}
	if !loopback(host) && !remote {
		return usageError{"--addr: other machines could reach " + addr + ": if that is meant, add --remote"}
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
