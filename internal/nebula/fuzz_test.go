package nebula

import (
	"encoding/json"
	"math/big"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// addExamples seeds a target with the documented answers and with broken ones.
func addExamples(f *testing.F) {
	f.Helper()
	content, err := os.ReadFile("testdata/examples.json")
	if err != nil {
		f.Fatal(err)
	}
	var examples map[string]struct {
		Response json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(content, &examples); err != nil {
		f.Fatal(err)
	}
	for _, e := range examples {
		if e.Response == nil {
			continue
		}
		f.Add([]byte(e.Response))
		f.Add([]byte(e.Response[:len(e.Response)/2]))
	}
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `{"status":"success"}`, `{"status":"failed","message":"no"}`, `{"STATUS":"success","status":"failed"}`,
		`{"status":"success","data":null}`, `{"status":"success","data":[{"id":18446744073709551617,"name":"a","description":null}]}`,
		`{"status":"success","data":[{"id":1.5}]}`, `{"status":"success","data":[{"id":1e3}]}`, `{"status":"success","data":[null]}`,
		`{"status":"success","data":{"id":"\ud800","key":""}}`, `{"status":"success"} {}`, "\xef\xbb\xbf{}", `<html></html>`,
	} {
		f.Add([]byte(seed))
	}
}

// frameOf reads an answer in another way than the code under test.
func frameOf(body []byte) (status string, data json.RawMessage, isObject bool) {
	var frame struct {
		Status any             `json:"status"`
		Data   json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &frame) != nil {
		return "", nil, false
	}
	status, isObject = frame.Status.(string)
	return status, frame.Data, isObject
}

func FuzzEnvelope(f *testing.F) {
	addExamples(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		members, wrong := parseObject(body)
		if (wrong == "") != json.Valid(body) && wrong == "" {
			t.Errorf("members of what is not JSON")
		}
		env, ok := envelopeOf(members)
		if ok == (env.success() == env.failed()) {
			t.Errorf("ok %t, success %t, failed %t", ok, env.success(), env.failed())
		}
		if !ok {
			return
		}
		if status, _, isObject := frameOf(body); !isObject || status != env.status {
			t.Errorf("status %q of %q", env.status, body)
		}
	})
}

func FuzzList(f *testing.F) {
	addExamples(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		members, _ := parseObject(body)
		keys, wrong := (listOf[keyRow]{}).decode(answer{members: members})
		if (wrong == "") == (keys == nil) {
			t.Fatalf("%d keys, wrong %q", len(keys), wrong)
		}
		if wrong != "" {
			return
		}
		// Not one row may be lost, or a key would seem to be gone.
		_, data, _ := frameOf(body)
		var rows []json.RawMessage
		if err := json.Unmarshal(data, &rows); err != nil || len(rows) != len(keys) {
			t.Fatalf("%d keys of %q", len(keys), data)
		}
		for i, key := range keys {
			checkID(t, key.ID, rows[i])
		}
	})
}

// checkID compares an id with the row that it was read from.
func checkID(t *testing.T, id ID, row json.RawMessage) {
	t.Helper()
	if id == "" {
		t.Fatalf("no id in %q", row)
	}
	var object struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(row, &object); err != nil {
		t.Fatal(err)
	}
	var text string
	if json.Unmarshal(object.ID, &text) == nil {
		if text != string(id) {
			t.Errorf("id %q of %q", id, object.ID)
		}
		return
	}
	want, ok := new(big.Int).SetString(string(object.ID), 10)
	got, same := new(big.Int).SetString(string(id), 10)
	if !ok || !same || want.Cmp(got) != 0 {
		t.Errorf("id %q of %q", id, object.ID)
	}
}

func FuzzCreated(f *testing.F) {
	addExamples(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		members, _ := parseObject(body)
		created, wrong := decodeData[createdKey](answer{members: members})
		_, data, _ := frameOf(body)
		if wrong != "" {
			if created.ID != "" {
				t.Errorf("%q and yet %q", wrong, created.ID)
			}
			return
		}
		checkID(t, created.ID, data)
	})
}

func FuzzLogin(f *testing.F) {
	addExamples(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		members, _ := parseObject(body)
		login, wrong := decodeData[loginAnswer](answer{members: members})
		if visible(login.Token) != (wrong == "") {
			t.Errorf("token of %d bytes, wrong %q", len(login.Token), wrong)
		}
	})
}

func FuzzTokenExpiry(f *testing.F) {
	for _, seed := range []string{"", "..", "a.b.c", "eyJ0.eyJleHAiOjE3MzA3NTg2MzZ9.c2ln", "eyJ0.eyJleHAiOjFlMzAwfQ.", "e.eyJleHAiOi01fQ==.x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		expiry, ok := tokenExpiry(token)
		if ok && (expiry.Unix() < 0 || expiry.Unix() > 1<<40) || !ok && !expiry.IsZero() {
			t.Errorf("%s, %t", expiry, ok)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, seed := range []string{"", "0", "120", "-1", "1.5", "99999999999999999999", "Mon, 23 Nov 2026 09:00:05 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 0000 00:00:00 GMT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		delay, ok := ParseRetryAfter(value, now)
		if delay < 0 || !ok && delay != 0 {
			t.Errorf("%s, %t", delay, ok)
		}
		if seconds, isInt := new(big.Int).SetString(value, 10); isInt && seconds.Sign() >= 0 && !strings.ContainsAny(value, "+-_") {
			year := big.NewInt(365 * 24 * 3600)
			if seconds.Cmp(year) > 0 {
				seconds = year
			}
			if !ok || delay != time.Duration(seconds.Int64())*time.Second {
				t.Errorf("%q is %s, %t", value, delay, ok)
			}
		}
	})
}

func FuzzID(f *testing.F) {
	for _, seed := range []string{`5`, `"5"`, `-5`, `-`, `--5`, `1e3`, `18446744073709551617`, `"9a4d7961-3274-4479-a20b-10f57f9bc75a"`, `"../login"`, `"%2e%2e"`, `"a b"`, `null`, `""`, `"\u0061"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, literal []byte) {
		var id ID
		if json.Unmarshal(literal, &id) == nil {
			checkID(t, id, json.RawMessage(`{"id":`+string(literal)+`}`))
		}
		for _, s := range []string{string(id), string(literal)} {
			parsed, err := ParseID(s)
			segment, pathErr := ID(s).pathSegment()
			if (err == nil) != (pathErr == nil) {
				t.Fatalf("ParseID: %v, pathSegment: %v", err, pathErr)
			}
			if err != nil {
				if parsed != "" || segment != "" || !printable(err.Error()) {
					t.Errorf("%q, %q, %q", parsed, segment, err)
				}
				continue
			}
			u, err := url.Parse("https://api.example/api/v1/api-keys/" + segment)
			if err != nil || u.Path != "/api/v1/api-keys/"+s || u.JoinPath("x").Path != u.Path+"/x" || u.RawQuery != "" || u.Fragment != "" {
				t.Errorf("%q leads to %v, %v", s, u, err)
			}
		}
	})
}

func FuzzParseBaseURL(f *testing.F) {
	for _, seed := range []string{
		DefaultBaseURL, "https://api.example/", "http://localhost:8080", "http://[::1]:80/x//", "https://u:p@h", "https://h?x", "https://h#x", "https://h:0",
		"https://h/%2e%2e/", "https://h/../x", "http://127.1", "https://[fe80::1%25eth0]/", "https://h/;a=b", "https:\\h", "https://h/\u202e", "HTTPS://H/%C3%BC",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		base, err := ParseBaseURL(s)
		if err != nil {
			if base != "" || !printable(err.Error()) {
				t.Errorf("%q, %q", base, err)
			}
			return
		}
		if again, err := ParseBaseURL(base); err != nil || again != base {
			t.Fatalf("%q gives %q, and that %q, %v", s, base, again, err)
		}
		u, err := url.Parse(base + "/api-keys")
		if err != nil {
			t.Fatalf("%q: %v", base, err)
		}
		if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" || !strings.HasSuffix(u.Path, "/api-keys") ||
			u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
			t.Errorf("%q leads to %+v", s, u)
		}
	})
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

func FuzzCleanText(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "\x1b[31mred", "\u202eevil", "\xff\xfe", "a\nb", strings.Repeat("x", 500), strings.Repeat("\x00", 600), "ak_", "eyJ", "bearer ", "Bearer\n", "(masked", "\\u",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		const (
			key      = "ak_7dFgEDl_EMAntCsqlxhEsu"
			password = "Pa55 w0rd&canary"
		)
		for _, planted := range []string{"", key, password, url.QueryEscape(password)} {
			text := clean(before+planted+after, []string{"", password, url.QueryEscape(password)})
			if !utf8.ValidString(text) || !printable(text) {
				t.Errorf("not printable: %q", text)
			}
			if n := utf8.RuneCountInString(text); n > maxMessage {
				t.Errorf("%d characters", n)
			}
			for _, secret := range []string{"FgEDl_EMAnt", password, "w0rd"} {
				if strings.Contains(text, secret) && !strings.Contains(before+after, secret) {
					t.Errorf("%q in %q", secret, text)
				}
			}
		}
	})
}
