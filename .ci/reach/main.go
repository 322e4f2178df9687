// Command reach exits with 0 if something listens at the address.
package main

import (
	"net"
	"os"
	"time"
)

func main() {
	conn, err := net.DialTimeout("tcp", os.Args[1], time.Second)
	if err != nil {
		os.Exit(1)
	}
	_ = conn.Close()
}
