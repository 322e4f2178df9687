module github.com/go-highhelp/highhelp/demo

go 1.25.0

require github.com/go-highhelp/highhelp v0.0.0

require golang.org/x/sync v0.22.0 // indirect

replace github.com/go-highhelp/highhelp => ../
