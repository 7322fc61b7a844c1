package rehearsal

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"
)

// Args are the arguments of a block, by name. A value is nil, a bool, a number,
// a string, a slice, a map with string keys, Args for a nested block, Unknown,
// or a tftypes.Value. What is left out is null.
type Args map[string]any

// Unknown stands for a value that only the apply will know.
const Unknown = unknown("known after apply")

type unknown string

// Object is what a provider gave: the attributes of a state, a plan or a
// result, by name. The nil Object is null.
type Object map[string]tftypes.Value

// Text is a string attribute, empty while it is null or unknown.
func (o Object) Text(name string) string { return text(o[name]) }

func text(v tftypes.Value) string {
	var s *string
	if !v.IsKnown() || v.As(&s) != nil || s == nil {
		return ""
	}
	return *s
}

// Texts are the elements of a list or set of strings, none while it is null or
// unknown.
func (o Object) Texts(name string) []string {
	var elements []tftypes.Value
	if v := o[name]; !v.IsKnown() || v.As(&elements) != nil {
		return nil
	}
	all := make([]string, len(elements))
	for i, element := range elements {
		all[i] = text(element)
	}
	return all
}

// TextMap is a map of strings, empty while it is null or unknown.
func (o Object) TextMap(name string) map[string]string {
	var elements map[string]tftypes.Value
	all := map[string]string{}
	if v := o[name]; !v.IsKnown() || v.As(&elements) != nil {
		return all
	}
	for key, element := range elements {
		all[key] = text(element)
	}
	return all
}

// Null says that an attribute is null, or not there.
func (o Object) Null(name string) bool { return o[name].IsNull() }

// Equal compares all attributes.
func (o Object) Equal(other Object) bool {
	return (o == nil) == (other == nil) && maps.EqualFunc(o, other, tftypes.Value.Equal)
}

// block makes an object out of arguments.
func block(t tftypes.Type, args Args) (Object, error) {
	if args == nil {
		args = Args{}
	}
	v, err := build(t, args)
	if err != nil {
		return nil, err
	}
	var o map[string]tftypes.Value
	return o, v.As(&o)
}

// build makes a value of a type out of what Args may hold.
func build(t tftypes.Type, v any) (tftypes.Value, error) {
	switch v := v.(type) {
	case tftypes.Value:
		switch {
		case !v.IsKnown():
			return tftypes.NewValue(t, tftypes.UnknownValue), nil
		case v.IsNull():
			return tftypes.NewValue(t, nil), nil
		}
		return v, nil
	case unknown:
		return tftypes.NewValue(t, tftypes.UnknownValue), nil
	}
	r := reflect.ValueOf(v)
	if !r.IsValid() || (r.Kind() == reflect.Map || r.Kind() == reflect.Slice) && r.IsNil() {
		return tftypes.NewValue(t, nil), nil
	}
	switch t := t.(type) {
	case tftypes.Object:
		return buildObject(t, r)
	case tftypes.Map:
		elements := map[string]tftypes.Value{}
		for key, value := range r.Seq2() {
			var err error
			if elements[key.String()], err = build(t.ElementType, value.Interface()); err != nil {
				return tftypes.Value{}, err
			}
		}
		return checked(t, elements)
	case tftypes.List:
		return buildElements(t, t.ElementType, r)
	case tftypes.Set:
		return buildElements(t, t.ElementType, r)
	}
	return checked(t, v)
}

func buildObject(t tftypes.Object, r reflect.Value) (tftypes.Value, error) {
	args := Args{}
	for key, value := range r.Seq2() {
		if _, ok := t.AttributeTypes[key.String()]; !ok {
			return tftypes.Value{}, fmt.Errorf("there is no argument %q", key)
		}
		args[key.String()] = value.Interface()
	}
	attributes := Object{}
	for name, attribute := range t.AttributeTypes {
		value, err := build(attribute, args[name])
		if err != nil {
			return value, fmt.Errorf("%s: %w", name, err)
		}
		attributes[name] = value
	}
	return checked(t, map[string]tftypes.Value(attributes))
}

func buildElements(t, element tftypes.Type, r reflect.Value) (tftypes.Value, error) {
	elements := make([]tftypes.Value, r.Len())
	for i := range elements {
		var err error
		if elements[i], err = build(element, r.Index(i).Interface()); err != nil {
			return elements[i], err
		}
	}
	return checked(t, elements)
}

func checked(t tftypes.Type, v any) (tftypes.Value, error) {
	if err := tftypes.ValidateValue(t, v); err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(t, v), nil
}

// pack puts an object on the wire.
func pack(t tftypes.Type, o Object) *tfprotov6.DynamicValue {
	var raw any
	if o != nil {
		raw = map[string]tftypes.Value(o)
	}
	d, err := tfprotov6.NewDynamicValue(t, tftypes.NewValue(t, raw))
	if err != nil {
		panic(fmt.Sprintf("rehearsal: %v does not encode: %v", o, err)) // objects are built of checked values
	}
	return &d
}

// unpack takes an object off the wire.
func unpack(t tftypes.Type, d *tfprotov6.DynamicValue) (Object, error) {
	if d == nil {
		return nil, nil
	}
	v, err := d.Unmarshal(t)
	if err == nil && !norm.NFC.IsNormal(d.MsgPack) {
		v, err = tftypes.Transform(v, composed)
	}
	if err != nil || v.IsNull() {
		return nil, err
	}
	var o map[string]tftypes.Value
	return o, v.As(&o)
}

// composed is a value with its text in Unicode's composed form, in which
// Terraform keeps all text.
func composed(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
	if s := text(v); s != "" {
		return tftypes.NewValue(tftypes.String, norm.NFC.String(s)), nil
	}
	return v, nil
}

// rawState is an object as a state file holds it.
func rawState(o Object) (*tfprotov6.RawState, error) {
	encoded, err := json.Marshal(o.Plain())
	return &tfprotov6.RawState{JSON: encoded}, err
}

// Plain are the attributes as a state file holds them: nil, bool, json.Number,
// string, []any and map[string]any.
func (o Object) Plain() map[string]any {
	plain := map[string]any{}
	for name, value := range o {
		plain[name] = toJSON(value)
	}
	return plain
}

func toJSON(v tftypes.Value) any {
	var (
		s        string
		b        bool
		n        *big.Float
		elements []tftypes.Value
		fields   map[string]tftypes.Value
	)
	switch {
	case v.IsNull():
		return nil
	case v.As(&s) == nil:
		return s
	case v.As(&b) == nil:
		return b
	case v.As(&n) == nil:
		return json.Number(n.Text('f', -1))
	case v.As(&elements) == nil:
		all := make([]any, len(elements))
		for i, element := range elements {
			all[i] = toJSON(element)
		}
		return all
	case v.As(&fields) == nil:
		all := map[string]any{}
		for name, field := range fields {
			all[name] = toJSON(field)
		}
		return all
	default:
		return nil
	}
}
