package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const someToken = "20261123T015600Z-abcdefghijklmnop"

// oddTexts are descriptions as people may write them.
func oddTexts() []string {
	return []string{
		"", " ", "  ", "plain", "trailing ", "trailing  ", " leading", `"quoted" 'text'`, `back\slash`, "tab\there",
		"two\nlines", "ends with newline\n", "\r\n", "ünïcödé 鍵 🔑", "e\u0301", "\u202eright to left", "zero\u200bwidth", "nul\x00",
		"[tf:]", "[tf:" + someToken + "]", "text [tf:" + someToken + "]", "[tf:" + someToken + "] ",
		"[tf:" + someToken + "] [tf:" + someToken + "]", "[tf:" + strings.ToUpper(someToken) + "]", "text [tf:", "]", " [tf:" + someToken + "]",
		"${interpolated}", "%s%d", "<b>&amp;</b>", strings.Repeat("long ", 2000), "\xff\xfe",
	}
}

func TestNewToken(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 3, 56, 0, 999, time.FixedZone("east", 2*3600))
	form := regexp.MustCompile(`^20261123T015600Z-[a-z2-7]{16}$`)
	seen := map[string]bool{}
	for range 10_000 {
		token, err := NewToken(at, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !form.MatchString(token) {
			t.Fatalf("token %q", token)
		}
		if seen[token] {
			t.Fatalf("token %q twice", token)
		}
		seen[token] = true
		if back, ok := TokenTime(token); !ok || !back.Equal(at.Truncate(time.Second)) {
			t.Fatalf("TokenTime(%q) = %v, %v", token, back, ok)
		}
	}
}

func TestNewTokenUsesEightyRandomBits(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	zero, err := NewToken(at, bytes.NewReader(make([]byte, 10)))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 80 {
		bits := make([]byte, 10)
		bits[bit/8] = 1 << (bit % 8)
		token, err := NewToken(at, bytes.NewReader(bits))
		if err != nil || token == zero {
			t.Errorf("bit %d makes no difference: %q, %v", bit, token, err)
		}
	}
}

func TestNewTokenWithoutRandomness(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken source")
	for _, source := range []*bytes.Reader{bytes.NewReader(nil), bytes.NewReader(make([]byte, 9))} {
		if token, err := NewToken(time.Unix(0, 0), source); err == nil || token != "" {
			t.Errorf("too few bits give %q, %v", token, err)
		}
	}
	if token, err := NewToken(time.Unix(0, 0), iotest.ErrReader(broken)); !errors.Is(err, broken) || token != "" {
		t.Errorf("a broken source gives %q, %v", token, err)
	}
}

func TestTokenTimeOfOtherText(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "-", "x", "x-y", "20261123T015600Z", "20261323T015600Z-abcdefghijklmnop", "2026-11-23"} {
		if at, ok := TokenTime(token); ok {
			t.Errorf("TokenTime(%q) = %v", token, at)
		}
	}
}

func TestMarkerRoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range oddTexts() {
		marked := MarkDescription(text, someToken)
		if !strings.HasPrefix(marked, text) || !strings.HasSuffix(marked, "[tf:"+someToken+"]") {
			t.Errorf("MarkDescription(%q) = %q", text, marked)
		}
		if back, token := SplitMarker(marked); back != text || token != someToken {
			t.Errorf("%q became %q, %q", text, back, token)
		}
		if unmarked := MarkDescription(text, ""); unmarked != text {
			t.Errorf("without a token %q became %q", text, unmarked)
		}
	}
}

func TestSplitMarkerOfOtherText(t *testing.T) {
	t.Parallel()
	for _, description := range []string{
		"", "text", "text[tf:" + someToken + "]", "text [tf:" + someToken + "] ", "text [tf:" + someToken + "]\n",
		"text [tf:" + someToken + "].", "[TF:" + someToken + "]", "[tf: " + someToken + "]", "[tf:" + someToken,
		"text [tf:20261123T015600Z-abcdefghijklmno]", "text [tf:20261123T015600Z-abcdefghijklmnopq]",
		"text [tf:20261123T015600Z-ABCDEFGHIJKLMNOP]", "text [tf:20261123T015600Z-abcdefghijklmno1]",
		"text [tf:20261123 015600Z-abcdefghijklmnop]",
	} {
		if text, token := SplitMarker(description); text != description || token != "" {
			t.Errorf("SplitMarker(%q) = %q, %q", description, text, token)
		}
	}
}

func FuzzSplitMarker(f *testing.F) {
	for _, text := range oddTexts() {
		f.Add(text, []byte("0123456789"))
		f.Add(MarkDescription(text, someToken), []byte{})
	}
	f.Fuzz(func(t *testing.T, description string, random []byte) {
		text, token := SplitMarker(description)
		switch {
		case token == "" && text != description:
			t.Fatalf("%q lost text without a marker: %q", description, text)
		case token != "" && description != text+" [tf:"+token+"]" && (text != "" || description != "[tf:"+token+"]"):
			t.Fatalf("%q is not %q and the marker of %q", description, text, token)
		}
		fresh, err := NewToken(time.Unix(1_800_000_000, 0), bytes.NewReader(random))
		if err != nil {
			return
		}
		if back, token := SplitMarker(MarkDescription(description, fresh)); back != description || token != fresh {
			t.Fatalf("%q with %q became %q with %q", description, fresh, back, token)
		}
	})
}
