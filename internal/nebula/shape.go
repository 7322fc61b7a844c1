package nebula

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Shape is the form of an answer, without any value of it but totals. It can be
// shown to anybody.
type Shape struct {
	// Data is what "data" is: "object", "array", "groups of arrays" and the
	// like.
	Data string `json:"data"`
	// Members are the outermost members beside the data and, where the data is
	// an object, those of the data.
	Members []string `json:"members,omitempty"`
	// Rows is how many rows the answer holds, -1 for an answer that is no list.
	Rows int `json:"rows"`
	// Total is what the answer says that there are, -1 where it does not say.
	Total int `json:"total"`
	// Fields are the members of the rows, each with the kinds of values that
	// it has: "id: number", "name: text, empty text".
	Fields []string `json:"fields,omitempty"`
	// FirstRow tells two answers apart that begin with other rows. It is a hash.
	FirstRow string `json:"-"`
}

// Has says that rows have a member.
func (s Shape) Has(field string) bool {
	return slices.ContainsFunc(s.Fields, func(f string) bool { return strings.HasPrefix(f, field+": ") })
}

// Kinds are the kinds of values of a member of the rows, "" where none has it.
func (s Shape) Kinds(field string) string {
	for _, f := range s.Fields {
		if kinds, ok := strings.CutPrefix(f, field+": "); ok {
			return kinds
		}
	}
	return ""
}

// Look asks for something that the API has to read (GET) and describes the
// answer. It is for finding out how an API answers; what a call needs is read by
// the call itself. A refusal is an *APIError as ever.
func (c *Client) Look(ctx context.Context, route string, query url.Values) (Shape, error) {
	var shape Shape
	call := reading(at(route).with(query))
	call.read = func(a answer) string {
		shape = shapeOf(a)
		return ""
	}
	err := c.do(ctx, call)
	return shape, err
}

func shapeOf(a answer) Shape {
	data := a.members["data"]
	s := Shape{Data: kindOf(data), Rows: -1, Total: claimsOf(a).total, Members: beside(a.members)}
	rows, isList := rowsOf(data)
	if inner, wrong := parseObject(data); wrong == "" && !isList {
		for _, name := range slices.Sorted(maps.Keys(inner)) {
			if rows, isList = rowsOf(inner[name]); isList && inner[name][0] == '[' {
				s.Data = "object with " + CleanText(name)
				break
			}
			isList = false
		}
		if !isList {
			s.Members = append(s.Members, fieldsOf([]object{inner})...)
		}
	}
	if isList {
		s.Rows, s.Fields = len(rows), fieldsOf(rows)
		if len(rows) > 0 {
			s.FirstRow = Fingerprint(fmt.Sprint(rows[0]))
		}
	}
	return s
}

// beside are the members of an answer that are not its data.
func beside(members object) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "data" {
			names = append(names, CleanText(name))
		}
	}
	return names
}

// rowsOf are the objects of an array, or of arrays that stand in groups.
func rowsOf(data json.RawMessage) (rows []object, isList bool) {
	var all grouped[json.RawMessage]
	if json.Unmarshal(data, &all) != nil {
		return nil, false
	}
	for _, raw := range all {
		row, wrong := parseObject(raw)
		if wrong != "" {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, true
}

// fieldsOf are the members of the rows with the kinds of their values.
func fieldsOf(rows []object) []string {
	kinds := map[string]map[string]bool{}
	for _, row := range rows {
		for name, raw := range row {
			if kinds[name] == nil {
				kinds[name] = map[string]bool{}
			}
			kinds[name][kindOf(raw)] = true
		}
	}
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		kind := strings.Join(slices.Sorted(maps.Keys(kinds[name])), ", ")
		if lacking := slices.ContainsFunc(rows, func(row object) bool { _, ok := row[name]; return !ok }); lacking {
			kind += ", absent"
		}
		fields = append(fields, CleanText(name)+": "+kind)
	}
	return fields
}

// kindOf is the kind of a JSON value.
func kindOf(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0:
		return "absent"
	case raw[0] == '{':
		return "object"
	case raw[0] == '[':
		return "array"
	case raw[0] == '"':
		return kindOfText(raw)
	case bytes.Equal(raw, []byte("null")):
		return "null"
	case bytes.Equal(raw, []byte("true")), bytes.Equal(raw, []byte("false")):
		return "boolean"
	case bytes.ContainsAny(raw, ".eE"):
		return "fraction"
	default:
		return "number"
	}
}

func kindOfText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "text"
	}
	switch _, err := strconv.ParseFloat(s, 64); {
	case s == "":
		return "empty text"
	case err == nil:
		return "number as text"
	case strings.Contains(s, "***") || strings.Contains(s, "..."):
		return "shortened text"
	default:
		return "text"
	}
}
