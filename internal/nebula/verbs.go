package nebula

import (
	"context"
	"encoding/json"
)

// checked is data that knows what it must hold.
type checked interface {
	// lacks says what is missing or wrong, or "".
	lacks() string
}

// lackOf is what v lacks, as far as it can tell.
func lackOf(v any) string {
	if c, ok := v.(checked); ok {
		return c.lacks()
	}
	return ""
}

// receive sends a call and gives the data of its answer.
func receive[T any](ctx context.Context, c *Client, call call) (T, error) {
	var data T
	call.read = func(a answer) (wrong string) {
		data, wrong = decodeData[T](a)
		return wrong
	}
	if err := c.do(ctx, call); err != nil {
		var none T
		return none, err
	}
	return data, nil
}

// decodeData reads the data of a success into a T. The decoder's own error is
// dropped because it can quote the body.
func decodeData[T any](a answer) (data T, wrong string) {
	raw, ok := a.members.present("data")
	if !ok {
		return data, "the answer holds no data"
	}
	var none T
	if err := json.Unmarshal(raw, &data); err != nil {
		return none, "the answer's data is not what the API documents"
	}
	if wrong := lackOf(data); wrong != "" {
		return none, wrong
	}
	return data, ""
}

// get reads a T (GET).
func get[T any](ctx context.Context, c *Client, t target) (T, error) {
	return receive[T](ctx, c, reading(t))
}

// create makes something of what prepare returns, which is called for each try,
// and gives the data of the answer (POST). It is sent again only when it was
// certainly not sent before or was refused for its rate.
func create[T, R any](ctx context.Context, c *Client, t target, prepare func() (R, error)) (T, error) {
	return receive[T](ctx, c, posting(t, jsonBody(prepare)))
}

// change alters something and gives the data of the answer (PUT). It is resent
// as little as a create.
func change[T, R any](ctx context.Context, c *Client, t target, request R) (T, error) {
	return receive[T](ctx, c, putting(t, jsonBody(func() (R, error) { return request, nil })))
}

// remove deletes something (DELETE). Only nil means that the API said so: what
// an error means for the object, a list must decide.
func (c *Client) remove(ctx context.Context, t target) error { return c.do(ctx, deleting(t)) }

// changingGet asks for something to happen that the API wants asked for with a
// GET. It is never sent again once it may have arrived.
func (c *Client) changingGet(ctx context.Context, t target) error { return c.do(ctx, changing(t)) }
