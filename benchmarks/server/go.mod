module firebell/benchmarks/server

go 1.24
