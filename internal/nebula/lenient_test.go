package nebula

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]Number{
		`2.627`: "2.627", `0.10`: "0.10", `"0.679"`: "0.679", `" 28 "`: "28", `-1.5`: "-1.5", `1e3`: "1e3", `"1228.55600"`: "1228.55600", `0`: "0",
		`null`: "", `""`: "", `"n/a"`: "", `"$961.54"`: "", `true`: "", `{}`: "", `[1]`: "", `"1,5"`: "", `"0x10"`: "", `"NaN"`: "", `"Infinity"`: "", `"+5"`: "", `"1_000"`: "",
		`1e99`: "", `"1e999999999"`: "", `"` + strings.Repeat("9", 41) + `"`: "",
	} {
		got := Number("before")
		if err := json.Unmarshal([]byte(literal), &got); err != nil || got != want {
			t.Errorf("%s is %q, %v", literal, got, err)
		}
	}
	for n, want := range map[Number]int64{"5": 5, "-5": -5, "5.0": 5, "1e3": 1000, "9007199254740993": 9007199254740993} {
		if got, ok := n.Int(); !ok || got != want {
			t.Errorf("%s is %d, %t", n, got, ok)
		}
	}
	for _, n := range []Number{"", "5.5", "1e30", "99999999999999999999"} {
		if got, ok := n.Int(); ok {
			t.Errorf("%s is %d", n, got)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]Text{`"a"`: "a", `5`: "5", `2.50`: "2.50", `null`: "", `true`: "", `{}`: "", `[]`: "", `" a "`: " a "} {
		got := Text("before")
		if err := json.Unmarshal([]byte(literal), &got); err != nil || got != want {
			t.Errorf("%s is %q, %v", literal, got, err)
		}
	}
}

func TestStamp(t *testing.T) {
	t.Parallel()
	at := time.Unix(1751620391, 0).UTC()
	for literal, want := range map[string]Stamp{
		`1751620391`:                  {at, "1751620391"},
		`1751620391.123`:              {at.Add(123 * time.Millisecond), "1751620391.123"},
		`"1751620391"`:                {at, "1751620391"},
		`1.751620391e9`:               {at, "1.751620391e9"},
		`"2025-07-04T09:13:11Z"`:      {at, "2025-07-04T09:13:11Z"},
		`"2025-07-04T05:13:11-04:00"`: {at, "2025-07-04T05:13:11-04:00"},
		`"EST 2024-10-23 10:24:21"`:   {Text: "EST 2024-10-23 10:24:21"},
		`"2025-07-04 05:13:11 EST"`:   {Text: "2025-07-04 05:13:11 EST"},
		`0`:                           {Text: "0"},
		`-5`:                          {Text: "-5"},
		`1751620391123`:               {Text: "1751620391123"}, // the year 57476
		`null`:                        {},
		`""`:                          {},
		`{}`:                          {},
		`true`:                        {},
	} {
		got := Stamp{Text: "before"}
		if err := json.Unmarshal([]byte(literal), &got); err != nil || got.Text != want.Text || (got.Time.Sub(want.Time)).Abs() > time.Microsecond {
			t.Errorf("%s is %+v, %v", literal, got, err)
		}
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]string{
		`[]`: "[]", `{}`: "[]", `[{"id":1},{"id":2}]`: "[{1} {2}]",
		`{"CANADA":[{"id":1}],"BRAZIL":[{"id":2},{"id":3}]}`:           "[{2} {3} {1}]",
		`{"CANADA":{"H100":[{"id":1}],"A100":[]},"NORWAY":{},"UK":[]}`: "[{1}]",
	} {
		var got grouped[thing]
		if err := json.Unmarshal([]byte(literal), &got); err != nil || fmt.Sprint(got) != want || got == nil {
			t.Errorf("%s gives %v, %v", literal, got, err)
		}
	}
	for _, literal := range []string{`5`, `"x"`, `true`, `{"a":null}`, `{"a":5}`, `{"a":[5]}`, `{"a":{"b":"c"}}`, strings.Repeat(`{"a":`, 6) + "[]" + strings.Repeat("}", 6)} {
		var got grouped[thing]
		if err := json.Unmarshal([]byte(literal), &got); err == nil {
			t.Errorf("%s gives %v", literal, got)
		}
	}
	l := answeringAs(t, says(`{"status":"success","message":"ok","data":null}`))
	if rows, err := get[grouped[thing]](t.Context(), l.client, at("/things")); !IsAmbiguous(err) || rows != nil {
		t.Errorf("no data: %v, %v", rows, err)
	}
}

func TestNumberOrText(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"": "", "8": "8", "0": "0", "007": `"007"`, "8a": `"8a"`, "-8": `"-8"`, "<&>": `"<&>"`, "18446744073709551617": "18446744073709551617"} {
		if got := string(numberOrText(s)); got != want {
			t.Errorf("%q is sent as %s", s, got)
		}
	}
}

func FuzzLenient(f *testing.F) {
	for _, seed := range []string{`1`, `"1"`, `1e400`, `"EST 2024"`, `null`, `{}`, `{"a":[1]}`, `[{"id":1}]`, `1751620391.123`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, literal []byte) {
		if !json.Valid(literal) {
			return
		}
		var (
			number Number
			text   Text
			stamp  Stamp
			hashed fingerprint
			team   optional[Team]
		)
		for _, v := range []json.Unmarshaler{&number, &text, &stamp, &hashed, &team} {
			if err := json.Unmarshal(literal, v); err != nil {
				t.Errorf("%T fails: %v", v, err)
			}
		}
		if number != "" && !json.Valid([]byte(number)) {
			t.Errorf("the number %q", number)
		}
		if year := stamp.Time.Year(); !stamp.Time.IsZero() && (year < 0 || year > 9999) {
			t.Errorf("the year %d", year)
		}
		if hashed != "" && len(hashed) != 64 || strings.Contains(string(hashed), "\"") {
			t.Errorf("the fingerprint %q", hashed)
		}
		var rows grouped[thing]
		if json.Unmarshal(literal, &rows) == nil && slices.Contains([]byte("0123456789\"tfn"), strings.TrimSpace(string(literal))[0]) && string(literal) != "null" && strings.TrimSpace(string(literal)) != "null" {
			t.Errorf("%s is taken for rows", literal)
		}
	})
}
