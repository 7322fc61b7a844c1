package fakenebula

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// IDStyle is the JSON type of ids. The vendor's pages show both.
type IDStyle int

// The two styles of ids.
const (
	// IntIDs are JSON numbers counting up from Options.FirstID.
	IntIDs IDStyle = iota
	// StringIDs are JSON strings that look like UUIDs.
	StringIDs
)

// newID is an id that was never used for this kind: next is the kind's counter.
func (s *Server) newID(next *uint64) string {
	if s.options.IDs == IntIDs {
		id := *next
		*next++
		return strconv.FormatUint(id, 10)
	}
	b := s.randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4, RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// idJSON is an id as JSON, in the style of the options.
func (s *Server) idJSON(id string) json.RawMessage {
	if s.options.IDs == IntIDs {
		return json.RawMessage(id)
	}
	return json.RawMessage(strconv.Quote(id))
}
