package keyring

import "errors"

// found gives the first error of a type in err's tree.
func found[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}
