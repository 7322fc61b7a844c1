package nebula

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// literal connects a client to a handler that answers literally, and notes what
// it was asked.
type literal struct {
	client *Client
	mu     sync.Mutex
	asked  []string
}

func answeringAs(t *testing.T, handler http.HandlerFunc) *literal {
	t.Helper()
	l := &literal{}
	server := httptest.NewServer(http.StripPrefix("/api/v1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.asked = append(l.asked, r.Method+" "+r.URL.RequestURI())
		l.mu.Unlock()
		handler(w, r)
	})))
	t.Cleanup(server.Close)
	client, err := New(Config{
		BaseURL: server.URL + "/api/v1", Credential: APIKeyCredential("a-key-of-the-tests"),
		Clock: clock.NewFake(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	l.client = client
	return l
}

func (l *literal) requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

func says(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(content))
	}
}

// thing is a row of the tests' lists.
type thing struct {
	ID ID `json:"id"`
}

func (r thing) lacks() string {
	if r.ID == "" {
		return "a row has no id"
	}
	return ""
}

func things(path, member string) listOf[thing] {
	return listOf[thing]{target: at(path), member: member, key: func(r thing) string { return string(r.ID) }}
}

// numbered are n rows from the given id on.
func numbered(from, n int) string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"id":%d}`, from+i))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// TestListsThatSayThatTheyAreIncomplete in any spelling are an error when the
// rest cannot be had, never a short list.
func TestListsThatSayThatTheyAreIncomplete(t *testing.T) {
	t.Parallel()
	const rows = `"data":[{"id":1},{"id":2}]`
	for _, content := range []string{
		rows + `,"total":3`, rows + `,"total":"3"`, rows + `,"total_things":3`, rows + `,"total_count":3`, rows + `,"totalCount":3`, rows + `,"count":3`, rows + `,"row_count":3`,
		rows + `,"has_more":true`, rows + `,"hasMore":true`, rows + `,"has_next_page":true`, rows + `,"next":"/api/v1/other?page=2"`, rows + `,"next":2`,
		rows + `,"next_page":2`, rows + `,"next_cursor":"abc"`, rows + `,"nextPageToken":"abc"`, rows + `,"total_pages":2`,
		rows + `,"pagination":{"total":3}`, rows + `,"meta":{"pagination":{"has_more":true}}`, rows + `,"links":{"next":"http://elsewhere.example/"}`,
		rows + `,"_links":{"next":{"href":"/api/v1/api-keys/2"}}`, rows + `,"page_info":{"hasNextPage":true}`,
		`"data":[{"id":1},{"id":1}],"total":2`,
		// What one member denies another may still say.
		rows + `,"has_more":true,"truncated":false`, rows + `,"pagination":{"has_more":true,"has_next":false}`, rows + `,"total":3,"count":2`, rows + `,"count":2,"total":3`,
		rows + `,"total":3,"count":2,"row_count":2,"total_rows":2`, rows + `,"count":1,"row_count":2,"total_rows":2,"total_things":3`, rows + `,"pagination":{"total":3,"count":2,"page_count":1}`,
	} {
		l := answeringAs(t, says(`{"status":"success","message":"ok",`+content+`}`))
		keys, _, err := l.client.ListAPIKeys(t.Context())
		if keys != nil || !IsAmbiguous(err) {
			t.Errorf("%s: %d keys, %v", content, len(keys), err)
		}
		for _, request := range l.requests() {
			if path, _, _ := strings.Cut(request, "?"); path != "GET /api-keys" {
				t.Errorf("%s: asked for %s", content, request)
			}
		}
	}
	for _, content := range []string{
		`"total":2`, `"total":1`, `"total":0`, `"count":2`, `"has_more":false`, `"next":null`, `"next":""`, `"links":{"next":null}`, `"total_pages":1`,
		`"total_price":12`, `"total_cost":"$3"`, `"total":"many"`, `"total":2.5`, `"total":{"x":1}`, `"meta":[]`, `"next_page":0`, `"page":1`,
	} {
		l := answeringAs(t, says(`{"status":"success","message":"ok",`+rows+`,`+content+`}`))
		if keys, _, err := l.client.ListAPIKeys(t.Context()); err != nil || len(keys) != 2 || len(l.requests()) != 1 {
			t.Errorf("%s: %d keys, %v, %v", content, len(keys), err, l.requests())
		}
	}
}

// TestPagesThatAreRefused leave the list incomplete.
func TestPagesThatAreRefused(t *testing.T) {
	t.Parallel()
	l := answeringAs(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			says(`{"detail":"no such parameter"}`)(w, r)
			return
		}
		says(`{"status":"success","message":"ok","data":[{"id":1}],"total":3}`)(w, r)
	})
	keys, _, err := l.client.ListAPIKeys(t.Context())
	if keys != nil || !IsAmbiguous(err) || !strings.Contains(err.Error(), "cannot be read to its end") {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

// TestLinkHeader: the header of a list can say that there is more.
func TestLinkHeader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`<https://api.example/x?page=2>; rel="next"`:                       "https://api.example/x?page=2",
		`</x?page=2>; rel=next`:                                            "/x?page=2",
		`</x?page=1>; rel="prev", </x?page=3>; title="a"; rel="last next"`: "/x?page=3",
		`</x?page=2>; REL="NEXT"`:                                          "/x?page=2",
		`</x?page=1>; rel="prev"`:                                          "",
		`</x>; rel="nextish"`:                                              "",
		`next`:                                                             "",
		``:                                                                 "",
	} {
		if got := nextLink(http.Header{"Link": {header}}); got != want {
			t.Errorf("%s leads to %q, want %q", header, got, want)
		}
	}
}

// TestLinksAreFollowed to the end, within the same route.
func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]func(w http.ResponseWriter, next int) string{
		"member": func(_ http.ResponseWriter, next int) string { return fmt.Sprintf(`,"next":"?page=%d"`, next) },
		"path": func(_ http.ResponseWriter, next int) string {
			return fmt.Sprintf(`,"links":{"next":"/api/v1/api-keys?page=%d"}`, next)
		},
		"header": func(w http.ResponseWriter, next int) string {
			w.Header().Set("Link", fmt.Sprintf(`<?page=%d>; rel="next"`, next))
			return ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := answeringAs(t, func(w http.ResponseWriter, r *http.Request) {
				page, _ := strconv.Atoi(r.URL.Query().Get("page")) // 0 for the first
				further := ""
				if page < 2 {
					further = link(w, page+1)
				}
				says(`{"status":"success","message":"ok","total":25,"data":`+numbered(page*10+1, min(10, 25-page*10))+further+`}`)(w, r)
			})
			keys, _, err := l.client.ListAPIKeys(t.Context())
			if err != nil || len(keys) != 25 || len(l.requests()) != 3 {
				t.Errorf("%d keys, %v, %v", len(keys), err, l.requests())
			}
		})
	}
}

// TestUnexpectedPagesAreRead: where the list of keys turns out to come in pages,
// all of them are read.
func TestUnexpectedPagesAreRead(t *testing.T) {
	t.Parallel()
	l := answeringAs(t, func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil {
			limit = 20
		}
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset")) // 0 for none
		says(`{"status":"success","message":"ok","total":143,"data":`+numbered(offset+1, max(0, min(limit, 143-offset)))+`}`)(w, r)
	})
	keys, route, err := l.client.ListAPIKeys(t.Context())
	if err != nil || len(keys) != 143 || route != "/api-keys" || len(l.requests()) != 3 {
		t.Errorf("%d keys, %v, %v", len(keys), err, l.requests())
	}
}

// TestPagesOverHTTP reads lists in the shapes of the documentation.
func TestPagesOverHTTP(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string]func(rows string) string{
		"rows in a member, total beside them": func(rows string) string { return `"data":{"total_ssh_keys":143,"ssh_keys":` + rows + `}` },
		"rows are the data, total beside it":  func(rows string) string { return `"data":` + rows + `,"total_instance":143` },
		"rows are the data, no total":         func(rows string) string { return `"data":` + rows },
	} {
		for offset := range byPageFromOneStrictly {
			t.Run(fmt.Sprintf("%s/%d", name, offset), func(t *testing.T) {
				t.Parallel()
				m := &modelled{n: 143, offset: offset, total: totalAbsent}
				l := answeringAs(t, func(w http.ResponseWriter, r *http.Request) {
					limit, limitErr := strconv.Atoi(r.URL.Query().Get("limit"))
					at, offsetErr := strconv.Atoi(r.URL.Query().Get("offset"))
					if errors.Join(limitErr, offsetErr) != nil || r.URL.Query().Get("type") != "0" {
						w.WriteHeader(http.StatusTeapot)
						return
					}
					p, _ := m.ask(r.Context(), limit, at) // these models never fail
					first := 1
					if len(p.rows) > 0 {
						first += p.rows[0]
					}
					says(`{"status":"success","message":"ok",`+frame(numbered(first, len(p.rows)))+`}`)(w, r)
				})
				list := things("/things", "ssh_keys")
				list.target.query = map[string][]string{"type": {"0"}}
				var before int
				for range 2 {
					rows, err := pages(t.Context(), l.client, list)
					if err != nil || len(rows) != 143 {
						t.Errorf("%d rows, %v, %v", len(rows), err, l.requests())
					}
					asked := len(l.requests()) - before
					before += asked
				}
				if again := before / 2; again > 6 {
					t.Errorf("%v", l.requests())
				}
			})
		}
	}
}

// TestPagesThatCannotBeRead are ambiguous, and say how far the client came.
func TestPagesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	l := answeringAs(t, says(`{"status":"success","message":"ok","total":143,"data":`+numbered(1, 100)+`}`))
	rows, err := pages(t.Context(), l.client, things("/things", ""))
	if rows != nil || !IsAmbiguous(err) || !strings.Contains(err.Error(), "GET /things") || !strings.Contains(err.Error(), "got 100 of 143") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, data := range []string{`null`, `5`, `"x"`, `{}`, `{"other":[]}`, `{"rows":null}`, `{"rows":{}}`, `[null]`, `[{}]`, `[5]`, `{"rows":[{}]}`} {
		l := answeringAs(t, says(`{"status":"success","message":"ok","data":`+data+`}`))
		if rows, err := pages(t.Context(), l.client, things("/things", "rows")); rows != nil || !IsAmbiguous(err) {
			t.Errorf("%s: %d rows, %v", data, len(rows), err)
		}
	}
}

// TestLinkedStaysOnTheRoute: no link leads to another host or route.
func TestLinkedStaysOnTheRoute(t *testing.T) {
	t.Parallel()
	c, err := New(Config{BaseURL: "https://api.example/api/v1", Credential: APIKeyCredential("k")})
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{
		"", "https://elsewhere.example/api/v1/things?page=2", "http://api.example/api/v1/things?page=2", "//elsewhere.example/api/v1/things",
		"https://user@api.example/api/v1/things", "/api/v1/computing/instance/1/reboot", "/api/v1/things/1/stop?page=2", "../v1/other", "https://[bad", "/api/v1/%74hings",
	} {
		if to, ok := c.linked(at("/things"), link); ok {
			t.Errorf("%q leads to %+v", link, to)
		}
	}
	for _, link := range []string{"?page=2", "/api/v1/things?page=2", "https://api.example/api/v1/things?page=2", "things?page=2"} {
		if to, ok := c.linked(at("/things"), link); !ok || to.requestURI() != "/things?page=2" || to.route != "/things" {
			t.Errorf("%q leads to %+v, %t", link, to, ok)
		}
	}
}

func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"total":5}`, `{"data":{"total_ssh_keys":1,"ssh_keys":[]}}`, `{"next":{"href":"/x"}}`, `{"meta":{"meta":{"meta":{}}}}`, `{"total":-1}`, `{"total":1e30}`, `{"links":{"next":"?a"}}`,
	} {
		f.Add(seed, "</x>; rel=next")
	}
	f.Fuzz(func(t *testing.T, body, link string) {
		members, wrong := parseObject([]byte(body))
		if wrong != "" {
			return
		}
		c := claimsOf(answer{members: members, header: http.Header{"Link": {link}}})
		if c.total < noTotal {
			t.Errorf("a total of %d", c.total)
		}
		if c.next != "" && !c.more {
			t.Errorf("a link and nothing more: %+v", c)
		}
	})
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":1,"a":2}`, `{"a":{"b":1,"B":2}}`, `{"\u0061":1,"a":2}`, `{"a":[{"b":[]},{"b":"}"}]}`, ` {"a" : "x\"y" , "b" : null } `, `{"ſ":1,"s":2}`, "{\"\xff\":1,\"\xfe\":2}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, wrong := parseObject(body)
		var want map[string]json.RawMessage
		if json.Unmarshal(body, &want) != nil || want == nil {
			if wrong == "" {
				t.Errorf("%q passes for an object", body)
			}
			return
		}
		if wrong != "" {
			return // it has duplicates
		}
		if len(members) != len(want) {
			t.Fatalf("%d members of %q", len(members), body)
		}
		for name, value := range want {
			if string(members[name]) != string(value) {
				t.Errorf("%q is %q, want %q", name, members[name], value)
			}
		}
		if !namesOnce(body) {
			t.Errorf("%q names a member twice", body)
		}
	})
}

// namesOnce looks for duplicates in another way than the code under test.
func namesOnce(body []byte) bool {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	type level struct {
		names map[string]bool
		key   bool
	}
	var levels []*level
	for {
		token, err := decoder.Token()
		if err != nil {
			return true
		}
		top := &level{}
		if len(levels) > 0 {
			top = levels[len(levels)-1]
		}
		switch value := token.(type) {
		case json.Delim:
			if value == '}' || value == ']' {
				levels = levels[:len(levels)-1]
				continue
			}
			top.key = top.names != nil
			next := &level{}
			if value == '{' {
				next.names, next.key = map[string]bool{}, true
			}
			levels = append(levels, next)
		case string:
			if top.names == nil || !top.key {
				top.key = top.names != nil
				continue
			}
			for name := range top.names {
				if strings.EqualFold(name, value) {
					return false
				}
			}
			top.names[value], top.key = true, false
		default:
			top.key = top.names != nil
		}
	}
}
