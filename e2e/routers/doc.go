// Package routers holds the recipes of docs/routers.md, a file for each, as
// they stand there. The suites of package e2e run them.
package routers
