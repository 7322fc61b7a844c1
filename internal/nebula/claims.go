package nebula

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

// claims is what an answer says of the list that its rows are a part of.
type claims struct {
	// total is how many rows there are, noTotal where the answer does not say.
	total int
	// more says that there are further rows, without saying how many.
	more bool
	// next is a link to further rows.
	next string
	// pages is how many pages there are, 0 where the answer does not say.
	pages int
}

// partial says that an answer to a question for the whole list holds a part, of
// which rows different ones were seen so far.
func (c claims) partial(rows int) bool { return c.more || c.total > rows || c.pages > 1 }

const noTotal = -1

// noClaims is an answer that says nothing of the list.
func noClaims() claims { return claims{total: noTotal} }

// claimsOf looks for every known spelling: beside the data, in it, and in the
// objects in which frameworks put such things.
func claimsOf(a answer) claims {
	c := noClaims()
	for _, o := range surroundings(a.members) {
		for name, raw := range o {
			c.read(snake(name), raw)
		}
	}
	if link := nextLink(a.header); link != "" {
		c.more, c.next = true, link
	}
	return c
}

// surroundings are the objects of an answer that can speak of its rows.
func surroundings(members object) []object {
	all := []object{members}
	if data, wrong := parseObject(members["data"]); wrong == "" {
		all = append(all, data)
	}
	const deepest = 16
	for i := 0; i < len(all) && i < deepest; i++ {
		for _, name := range []string{"meta", "metadata", "pagination", "paging", "page", "page_info", "pageInfo", "links", "_links"} {
			if inner, wrong := parseObject(all[i][name]); wrong == "" {
				all = append(all, inner)
			}
		}
	}
	return all
}

// read takes what one member says.
func (c *claims) read(name string, raw json.RawMessage) {
	var number Number
	_ = number.UnmarshalJSON(raw) // never fails
	count, isCount := number.Int()
	switch {
	case name == "total_pages" || name == "page_count" || name == "pages":
		if isCount && count >= 0 && count < 1<<31 {
			c.pages = max(c.pages, int(count))
		}
	case isTotal(name):
		if isCount && count >= 0 && count < 1<<31 {
			c.total = max(c.total, int(count))
		}
	case name == "has_more" || name == "has_next" || name == "has_next_page" || name == "truncated" || name == "is_truncated" || name == "incomplete":
		c.more = c.more || isTrue(raw)
	case name == "next" || strings.HasPrefix(name, "next_"):
		if isSomething(raw) {
			c.more = true
			if link := linkIn(raw); link != "" {
				c.next = link
			}
		}
	}
}

// isTotal knows total, total_instance, total_ssh_keys, total_count, count,
// row_count and their like, but not sums of money.
func isTotal(name string) bool {
	for _, other := range []string{"price", "cost", "amount", "balance", "page", "credit_balance", "size"} {
		if strings.Contains(name, other) {
			return false
		}
	}
	return name == "total" || name == "count" ||
		strings.HasPrefix(name, "total_") || strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count")
}

func isTrue(raw json.RawMessage) bool {
	var b bool
	return json.Unmarshal(raw, &b) == nil && b || scalar(raw) == "true" || scalar(raw) == "1"
}

// isSomething says that a member points somewhere.
func isSomething(raw json.RawMessage) bool {
	switch string(raw) {
	case "null", "false", `""`, "0", "[]", "{}":
		return false
	default:
		return true
	}
}

// linkIn is the address in a link, which is a text or an object with "href".
func linkIn(raw json.RawMessage) string {
	if s := scalar(raw); strings.ContainsAny(s, "/?") {
		return s
	}
	if o, wrong := parseObject(raw); wrong == "" {
		href, _ := o.text("href")
		return href
	}
	return ""
}

var linkHeader = regexp.MustCompile(`<([^>]*)>([^,<]*)`)

// nextLink is the target of the header Link (RFC 8288) that leads to the next
// page.
func nextLink(header http.Header) string {
	for _, value := range header.Values("Link") {
		for _, link := range linkHeader.FindAllStringSubmatch(value, -1) {
			for parameter := range strings.SplitSeq(link[2], ";") {
				name, relations, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				if !strings.EqualFold(strings.TrimSpace(name), "rel") {
					continue
				}
				for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(relations), `"`)) {
					if strings.EqualFold(relation, "next") {
						return link[1]
					}
				}
			}
		}
	}
	return ""
}

// snake writes hasMore and has-more as has_more.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '-':
			r = '_'
		case unicode.IsUpper(r):
			if i > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
