// Command server answers every request as FCM answers an accepted message, after a delay.
//
// It is what benchmarks/send_cost.py sends to: HTTP/2 with 100 streams a connection and HTTP/1.1,
// over TLS, on one core. It reads bodies and looks at nothing in them.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// What FCM's servers allow on one connection.
const maxConcurrentStreams = 100

func main() {
	delay := flag.Duration("delay", 0, "time from a request's end to its answer")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	flag.Parse()
	runtime.GOMAXPROCS(1)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	os.Stdout.Close()
	server := &http.Server{
		Handler: &accepting{delay: *delay},
		HTTP2:   &http.HTTP2Config{MaxConcurrentStreams: maxConcurrentStreams},
	}
	log.Fatal(server.ServeTLS(listener, *certificate, *key))
}

// accepting accepts every message, under a name of its own.
type accepting struct {
	delay time.Duration
	count atomic.Uint64
}

func (a *accepting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	time.Sleep(a.delay)
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=UTF-8")
	header["Vary"] = []string{"X-Origin", "Referer", "Origin"}
	header.Set("Server", "scaffolding on HTTPServer2")
	header.Set("X-Xss-Protection", "0")
	header.Set("X-Frame-Options", "SAMEORIGIN")
	header.Set("X-Content-Type-Options", "nosniff")
	fmt.Fprintf(w, "{\n  \"name\": \"projects/demo-bench/messages/0:%016d%%%016x\"\n}\n", a.count.Add(1), a.count.Load())
}
