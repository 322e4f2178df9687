// Package redisstore keeps highhelp's payments in Redis 7 or Valkey, one
// server, Sentinel or Cluster:
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	store, err := redisstore.New(client, redisstore.Options{})
//
// # What it promises
//
// Everything that [highhelp.Store] asks for, with one promise that Redis can't
// keep: what OnPaid does elsewhere is not part of the save. So
// [Store.Transactional] reports false, and OnPaid is at-least-once: a process
// that dies between the effect and the save lets it run again. Let OnPaid do
// something that may be repeated, such as an INSERT under the order's id.
//
// Update holds a lease on the payment: a key that ends by itself, under a
// random token, renewed while change runs. A holder that stalls for longer,
// because its machine sleeps or its network is gone, loses the lease; whoever
// takes it next raises the payment's fence. The save is one script that is
// conditional on the version, the fence and the token, so the stalled holder
// gets ErrLost and changes nothing. The save, the indexes and the deliveries
// that were recorded inside change are one atomic script.
//
// A holder that died shows as [highhelp.ErrBusy] to those who wait for less
// than the rest of its lease; see [Options].
//
// # What it needs
//
// The server must not throw payments away: maxmemory-policy noeviction, and an
// append-only file. [Store.Check] looks. Redis answers before a write is on
// disk or on a replica: with appendfsync everysec a crash of the machine loses
// up to a second, and a failover what the replica had not got, of what had
// been answered 200 already. Where that is too much, set appendfsync always,
// or Options.WaitAOF (Redis 7.2, Valkey), which waits for the disks of primary
// and replicas.
package redisstore
