// Package instance offers machines: the resource, the data sources, the list
// resource, the actions that start, stop, reboot and delete them, and the
// ephemeral resource that hands on a login.
//
// A machine costs money by the hour and the API answers a create without an id.
// What follows from that is in package fleet; here it becomes state and words.
package instance
