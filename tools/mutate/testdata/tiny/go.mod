module tiny

go 1.25
