package nebula

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// listBody is a list of n keys as the API writes it.
func listBody(n int, id func(i int) string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"data": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"id": %s, "name": "api-test-key-%d", "description": "This is the test API key #%d [tf:20261123T015600Z-abcdefghijklmnop]", "partial_key_data": "ak_..."}`, id(i), i, i)
	}
	b.WriteString(`], "message": "API keys successfully retrieved", "status": "success"}`)
	return b.Bytes()
}

func intID(i int) string  { return fmt.Sprint(i + 1) }
func uuidID(i int) string { return fmt.Sprintf(`"9a4d7961-3274-4479-a20b-%012d"`, i) }

// BenchmarkDecodeList is the decoding of a list alone.
func BenchmarkDecodeList(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		for name, id := range map[string]func(int) string{"int": intID, "uuid": uuidID} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				body := listBody(n, id)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					members, wrong := parseObject(body)
					if env, ok := envelopeOf(members); !ok || !env.success() {
						b.Fatal(wrong)
					}
					if keys, wrong := (listOf[keyRow]{}).decode(answer{members: members}); len(keys) != n {
						b.Fatal(wrong)
					}
				}
			})
		}
	}
}

// BenchmarkParseObject is the search for members that stand twice, beside the
// scan of encoding/json that any decoding begins with.
func BenchmarkParseObject(b *testing.B) {
	body := listBody(20_000, uuidID)
	for name, parse := range map[string]func() bool{
		"members": func() bool { _, wrong := parseObject(body); return wrong == "" },
		"valid":   func() bool { return json.Valid(body) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if !parse() {
					b.Fatal("not parsed")
				}
			}
		})
	}
}

// canned answers every request with one body, whose length it announces or not.
type canned struct {
	body      []byte
	announced bool
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	length := int64(-1)
	if c.announced {
		length = int64(len(c.body))
	}
	return &http.Response{StatusCode: http.StatusOK, ContentLength: length, Body: io.NopCloser(bytes.NewReader(c.body))}, nil
}

// BenchmarkListAPIKeys is a whole call but for the network.
func BenchmarkListAPIKeys(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		for _, announced := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/announced=%t", n, announced), func(b *testing.B) {
				body := listBody(n, intID)
				client, err := New(Config{BaseURL: DefaultBaseURL, Credential: APIKeyCredential("ak_key"), Transport: canned{body, announced}})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if keys, _, err := client.ListAPIKeys(b.Context()); len(keys) != n {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
