// Does with the unmodified Go SDK what the scene on stdin asks for; what came of it goes to stdout as JSON.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"sync"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
)

type scene struct {
	Address  string            `json:"address"`
	Project  string            `json:"project"`
	Phone    string            `json:"phone"`
	OldPhone string            `json:"oldPhone"`
	Missing  string            `json:"missing"`
	Topic    string            `json:"topic"`
	Failing  map[string]string `json:"failing"`
}

// redirect sends what is meant for FCM, topics included, to the emulator, with the bearer that it asks for.
type redirect struct{ address string }

func (r redirect) RoundTrip(request *http.Request) (*http.Response, error) {
	moved := request.Clone(request.Context())
	moved.URL.Scheme, moved.URL.Host, moved.Host = "http", r.address, r.address
	moved.Header.Set("Authorization", "Bearer owner")
	return http.DefaultTransport.RoundTrip(moved)
}

func main() {
	var s scene
	must(0, json.NewDecoder(os.Stdin).Decode(&s))
	found := map[string]any{}
	if os.Args[1] == "topics" {
		topics(s, client(s, option.WithHTTPClient(&http.Client{Transport: redirect{s.Address}})), found)
	} else {
		// Sends alone need no more than Google's own options.
		anyBearer := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "owner"})
		endpoint := option.WithEndpoint("http://" + s.Address + "/v1")
		sends(s, client(s, endpoint, option.WithTokenSource(anyBearer)), found)
	}
	must(0, json.NewEncoder(os.Stdout).Encode(found))
}

func client(s scene, options ...option.ClientOption) *messaging.Client {
	ctx := context.Background()
	app := must(firebase.NewApp(ctx, &firebase.Config{ProjectID: s.Project}, options...))
	return must(app.Messaging(ctx))
}

func sends(s scene, fcm *messaging.Client, found map[string]any) {
	ctx := context.Background()
	failures := failuresOf(s, fcm)
	note := &messaging.Notification{Title: "Hello", Body: "from Go"}
	found["fid"] = must(fcm.Send(ctx, &messaging.Message{Fid: s.Phone, Notification: note}))
	found["token"] = must(fcm.Send(ctx, &messaging.Message{Token: s.OldPhone, Data: map[string]string{"a": "b"}}))
	found["validated"] = must(fcm.SendDryRun(ctx, &messaging.Message{Fid: s.Phone}))
	found["each"] = outcomes(must(fcm.SendEach(ctx, []*messaging.Message{{Fid: s.Phone}, {Fid: s.Missing}})))
	found["multicast"] = outcomes(must(fcm.SendEachForMulticast(ctx, &messaging.MulticastMessage{
		Tokens: []string{s.OldPhone}, Fids: []string{s.Phone, s.Missing},
	})))
	_, err := fcm.Send(ctx, &messaging.Message{Token: "nonsense"})
	found["malformed"] = kind(err)
	found["failures"] = failures()
}

func topics(s scene, fcm *messaging.Client, found map[string]any) {
	ctx := context.Background()
	in := must(fcm.SubscribeToTopic(ctx, []string{s.Phone, s.OldPhone, s.Missing}, s.Topic))
	found["sent"] = must(fcm.Send(ctx, &messaging.Message{Topic: s.Topic}))
	out := must(fcm.UnsubscribeFromTopic(ctx, []string{s.Phone, s.OldPhone}, s.Topic))
	found["counts"] = [][]int{{in.SuccessCount, in.FailureCount}, {out.SuccessCount, out.FailureCount}}
}

// failuresOf starts all failing sends at once, since some of them are tried again for seconds.
func failuresOf(s scene, fcm *messaging.Client) func() map[string]string {
	var all sync.WaitGroup
	var lock sync.Mutex
	kinds := map[string]string{}
	for fault, fid := range s.Failing {
		all.Go(func() {
			_, err := fcm.Send(context.Background(), &messaging.Message{Fid: fid})
			lock.Lock()
			defer lock.Unlock()
			kinds[fault] = kind(err)
		})
	}
	return func() map[string]string { all.Wait(); return kinds }
}

func kind(err error) string {
	tests := []struct {
		name string
		is   func(error) bool
	}{
		{"Unregistered", messaging.IsUnregistered},
		{"SenderIDMismatch", messaging.IsSenderIDMismatch},
		{"QuotaExceeded", messaging.IsQuotaExceeded},
		{"ThirdPartyAuthError", messaging.IsThirdPartyAuthError},
		{"Unavailable", messaging.IsUnavailable},
		{"InvalidArgument", messaging.IsInvalidArgument},
		{"ResourceExhausted", errorutils.IsResourceExhausted},
	}
	for _, test := range tests {
		if test.is(err) {
			return test.name
		}
	}
	return "other"
}

func outcomes(batch *messaging.BatchResponse) []string {
	var all []string
	for _, response := range batch.Responses {
		if response.Success {
			all = append(all, response.MessageID)
		} else {
			all = append(all, kind(response.Error))
		}
	}
	return all
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
