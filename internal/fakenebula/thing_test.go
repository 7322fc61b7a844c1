package fakenebula

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// The kind, and the operations, of a thing that only the test knows.
const (
	kindBook   Kind      = "book"
	opAddBook  Operation = "add book"
	opReadBook Operation = "read book" // a GET that changes something
	opBooks    Operation = "list books"
)

type book struct{ pages int }

// books is a thing as the package comment tells to make one.
type books struct{ *store[book] }

func (b books) routes() []route {
	return []route{
		{method: http.MethodPost, path: "/books", operation: opAddBook, changes: true, handle: func(c *call, at time.Time) Answer {
			var body struct {
				Title string `json:"title"`
				Pages int    `json:"pages"`
			}
			if refusal := b.server.readJSON(c, &body); refusal.Status != 0 {
				return refusal
			}
			made := b.add(body.Title, book{body.Pages}, c.actor, at)
			c.entry.ObjectID, c.entry.ObjectName = made.ID, made.Name
			c.note("pages", fmt.Sprint(body.Pages))
			return succeeded("Added", nil)
		}},
		{method: http.MethodGet, path: "/books", operation: opBooks, handle: func(c *call, at time.Time) Answer {
			titles := []string{}
			for _, shown := range b.shown(c, at) {
				titles = append(titles, shown.Name)
			}
			page, total, refusal := paged(b.server, c, titles)
			if refusal.Status != 0 {
				return refusal
			}
			return encoded(http.StatusOK, struct {
				Data  []string `json:"data"`
				Total *int     `json:"total_books,omitempty"`
			}{page, total})
		}},
		{method: http.MethodGet, path: "/books/{id}/read", operation: opReadBook, changes: true, handle: func(c *call, at time.Time) Answer {
			found := b.find(c.actor.Account, c.id)
			if found == nil {
				return b.server.refuse(http.StatusNotFound, "No such book")
			}
			b.remove(found, c.actor, at)
			return succeeded("Read to pieces", nil)
		}},
	}
}

// library is a server with books, and a function that calls it.
func library(t *testing.T, options Options) (server *Server, call func(method, path, body string) (int, string)) {
	t.Helper()
	options.APIKeys = []SeedKey{{Name: "root", Secret: "ak_root"}}
	server = New(options)
	thing := books{newStore[book](server, kindBook)}
	server.things = append(server.things, thing)
	server.routes = append(server.routes, thing.routes()...)
	return server, func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(context.Background(), method, server.BaseURL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer ak_root"}, "Content-Type": {"application/json"}}
		response, err := server.Transport().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(content)
	}
}

// TestAThingGetsTheRestForFree gives a new thing nothing but its file.
func TestAThingGetsTheRestForFree(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	fake := clock.NewFake(begin)
	server, call := library(t, Options{Clock: fake, HideNewFor: time.Second})
	if status, body := call("POST", "/books", `{"title":"Emma","pages":400}`); status != 200 {
		t.Fatal(status, body)
	}
	if _, body := call("GET", "/books", ""); body != `{"data":[],"total_books":0}` {
		t.Error("a new object is not hidden:", body)
	}
	fake.Advance(time.Second)
	server.Inject(Fault{Operation: opBooks, Omit: func(o Object) bool { return o.ID == "1" }})
	for _, want := range []string{`{"data":[],"total_books":0}`, `{"data":["Emma"],"total_books":1}`} {
		if _, body := call("GET", "/books", ""); body != want {
			t.Errorf("got %s, want %s", body, want)
		}
	}
	if got := server.Live(kindBook); len(got) != 1 || got[0].Name != "Emma" || got[0].CreatedAt != begin {
		t.Errorf("%+v", got)
	}
	call("GET", "/books/1/read", "")
	if status, _ := call("GET", "/books/1/read", ""); status != 404 {
		t.Error("found after its end:", status)
	}
	api := Actor{Via: ViaAPI, Kind: CredentialAPIKey, ID: "1"}
	want := Object{Kind: kindBook, ID: "1", Name: "Emma", CreatedAt: begin, CreatedBy: api, DeletedAt: begin.Add(time.Second), DeletedBy: api}
	if got := server.Ledger(kindBook); len(got) != 1 || got[0] != want || len(server.Ledger()) != 2 || len(server.Live()) != 1 {
		t.Errorf("%+v", got)
	}
	var changes []string
	for _, r := range server.Journal() {
		if r.Changes {
			changes = append(changes, fmt.Sprint(r.Operation, " ", r.ObjectID, r.ObjectName, r.Facts))
		}
	}
	if got := strings.Join(changes, ", "); got != "add book 1Emmamap[pages:400], read book 1map[], read book 1map[]" {
		t.Error(got)
	}
}

// TestPages reads five rows in pages of two under each meaning of offset.
func TestPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		paging Paging
		want   map[string]string // query: titles and total
	}{
		"rows": {Paging{}, map[string]string{
			"": "abcde 5", "limit=2": "ab 5", "limit=2&offset=2": "cd 5", "limit=2&offset=4": "e 5", "limit=2&offset=1": "bc 5", "limit=2&offset=9": " 5"}},
		"pages from 0": {Paging{Offset: OffsetPagesFromZero}, map[string]string{
			"limit=2": "ab 5", "limit=2&offset=1": "cd 5", "limit=2&offset=2": "e 5", "limit=2&offset=3": " 5"}},
		"pages from 1": {Paging{Offset: OffsetPagesFromOne}, map[string]string{
			"limit=2": "ab 5", "limit=2&offset=1": "ab 5", "limit=2&offset=2": "cd 5", "limit=2&offset=3": "e 5"}},
		"capped":          {Paging{MaxLimit: 2}, map[string]string{"": "ab 5", "limit=100": "ab 5", "limit=100&offset=2": "cd 5", "limit=1": "a 5"}},
		"refused":         {Paging{MaxLimit: 2, DefaultLimit: 2, RefuseLimit: true}, map[string]string{"": "ab 5", "limit=2": "ab 5", "limit=3": "400"}},
		"default":         {Paging{DefaultLimit: 3}, map[string]string{"": "abc 5", "offset=3": "de 5"}},
		"total too small": {Paging{Total: TotalTooSmall}, map[string]string{"": "abcde 2"}},
		"total too large": {Paging{Total: TotalTooLarge}, map[string]string{"": "abcde 10"}},
		"no total":        {Paging{Total: TotalAbsent}, map[string]string{"": "abcde"}},
		"nonsense": {Paging{}, map[string]string{"limit=0": "400", "limit=-1": "400", "limit=x": "400", "limit=": "400",
			"offset=-1": "400", "offset=1.5": "400", "limit=99999999999999999999": "400"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for where, options := range map[string]Options{
				"of all": {Pages: test.paging},
				"of one": {Pages: Paging{MaxLimit: 1}, PagesOf: map[Operation]Paging{opBooks: test.paging}},
			} {
				_, call := library(t, options)
				for _, title := range []string{"a", "b", "c", "d", "e"} {
					call("POST", "/books", `{"title":"`+title+`"}`)
				}
				for query, want := range test.want {
					if got := pageText(t, call, query); got != want {
						t.Errorf("%s: %s: got %q, want %q", where, query, got, want)
					}
				}
			}
		})
	}
}

// pageText is a page of books, or the status of a refusal.
func pageText(t *testing.T, call func(method, path, body string) (int, string), query string) string {
	t.Helper()
	status, body := call("GET", "/books?"+query, "")
	if status != http.StatusOK {
		return fmt.Sprint(status)
	}
	var page struct {
		Data  []string
		Total *int `json:"total_books"`
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(page.Data, "")
	if page.Total != nil {
		text += fmt.Sprint(" ", *page.Total)
	}
	return text
}
