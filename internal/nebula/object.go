package nebula

import (
	"bytes"
	"encoding/json"
	"unicode"
	"unicode/utf8"
)

// object is the members of a JSON object, each as it is written.
type object map[string]json.RawMessage

// present gives a member that is there and not null.
func (o object) present(name string) (json.RawMessage, bool) {
	raw, ok := o[name]
	return raw, ok && !bytes.Equal(raw, []byte("null"))
}

// text gives a member that is a text.
func (o object) text(name string) (string, bool) {
	raw, ok := o.present(name)
	if !ok || raw[0] != '"' {
		return "", false
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// parseObject reads the outermost members of a JSON object and leaves their
// values alone.
//
// An answer in which one object, however deep, has two members of one name is
// unusable: encoding/json takes the last of them, name by name, so that a row
// could come to hold the marker of one object and the id of another. Names that
// differ in case only are the same to encoding/json, and so they are here.
func parseObject(body []byte) (o object, wrong string) {
	if !json.Valid(body) {
		return nil, "the answer is not valid JSON"
	}
	s := scanner{in: body}
	if s.space(); s.in[s.pos] != '{' {
		return nil, "the answer is not a JSON object"
	}
	if !s.scan() {
		return nil, "the answer names a member twice, so that it cannot be relied upon"
	}
	return s.members, ""
}

// scanner goes once through JSON that is known to be valid.
type scanner struct {
	in      []byte
	pos     int
	levels  []level
	names   [][]byte
	members object
	// value is where the value of the present outermost member begins.
	value int
}

// level is an object or array that is open.
type level struct {
	object bool
	// key says that the next text is the name of a member.
	key bool
	// first is the index of the object's first name.
	first int
	// folded holds the names of an object of many members.
	folded map[string]bool
}

// manyMembers is from where on a map finds a name sooner than a search does.
const manyMembers = 24

func (s *scanner) space() {
	for s.pos < len(s.in) && bytes.IndexByte([]byte(" \t\r\n"), s.in[s.pos]) >= 0 {
		s.pos++
	}
}

// scan returns false at the first name that stands twice in one object.
func (s *scanner) scan() bool {
	for ; s.pos < len(s.in); s.pos++ {
		switch s.in[s.pos] {
		case '{', '[':
			object := s.in[s.pos] == '{'
			s.levels = append(s.levels, level{object: object, key: object, first: len(s.names)})
		case '}', ']':
			s.endMember()
			s.names = s.names[:s.top().first]
			s.levels = s.levels[:len(s.levels)-1]
		case ',':
			s.endMember()
			s.top().key = s.top().object
		case ':':
			s.value = s.beginValue()
		case '"':
			begin := s.pos
			s.skipText()
			if len(s.levels) > 0 && s.top().key && !s.add(s.in[begin:s.pos+1]) {
				return false
			}
		}
	}
	return true
}

func (s *scanner) top() *level { return &s.levels[len(s.levels)-1] }

// beginValue remembers where an outermost value begins.
func (s *scanner) beginValue() int {
	if len(s.levels) == 1 {
		return s.pos + 1
	}
	return s.value
}

// endMember keeps the outermost member that ends here.
func (s *scanner) endMember() {
	if len(s.levels) != 1 || len(s.names) == 0 {
		return
	}
	if s.members == nil {
		s.members = object{}
	}
	s.members[string(s.names[len(s.names)-1])] = bytes.TrimSpace(s.in[s.value:s.pos])
}

// skipText goes to the closing quote of the text that begins here.
func (s *scanner) skipText() {
	for s.pos++; s.in[s.pos] != '"'; s.pos++ {
		if s.in[s.pos] == '\\' {
			s.pos++
		}
	}
}

// add takes the name of a member, with its quotes, and returns false when the
// object has one of that name already.
func (s *scanner) add(quoted []byte) bool {
	level := s.top()
	level.key = false
	name := nameOf(quoted)
	known := s.names[level.first:]
	s.names = append(s.names, name)
	if len(known) < manyMembers {
		for _, other := range known {
			if bytes.EqualFold(other, name) {
				return false
			}
		}
		return true
	}
	if level.folded == nil {
		level.folded = map[string]bool{}
		for _, other := range known {
			level.folded[folded(other)] = true
		}
	}
	key := folded(name)
	if level.folded[key] {
		return false
	}
	level.folded[key] = true
	return true
}

// nameOf is a name without quotes and escapes.
func nameOf(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return quoted[1 : len(quoted)-1]
	}
	var name string
	_ = json.Unmarshal(quoted, &name) // it is known to be valid
	return []byte(name)
}

// folded is the same for names that bytes.EqualFold takes for equal.
func folded(name []byte) string {
	return string(bytes.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name))
}
