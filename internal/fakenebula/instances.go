package fakenebula

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// KindInstance is the kind of machines.
const KindInstance Kind = "instance"

// The operations on machines.
const (
	OpCreateInstance       Operation = "create instance"
	OpListInstances        Operation = "list instances"
	OpListDeletedInstances Operation = "list deleted instances"
	OpReadInstance         Operation = "read instance"
	OpDeleteInstance       Operation = "delete instance"
	OpStartInstance        Operation = "start instance"
	OpStopInstance         Operation = "stop instance"
	OpRebootInstance       Operation = "reboot instance"
)

// What the journal tells of a create.
const (
	FactProductID = "product_id"
	FactImageID   = "image_id"
	FactSSHKeyID  = "ssh_key_id"
)

// instance is a machine. Its product is as it was when the machine was made:
// a price that changes later is not its own.
type instance struct {
	product         Product
	imageID, os     string
	sshKeyID        string
	reserved        bool
	word            string // replaces the status word when not empty
	address         string
	user, password  string
	phases          []phaseChange
	startedAt, ends time.Time // of a reserved one
}

// phaseChange says from when on a machine is in a phase.
type phaseChange struct {
	at    time.Time
	phase Phase
}

// phase is what a machine is doing, and since when.
func (i instance) phase(now time.Time) phaseChange {
	last := i.phases[0]
	for _, change := range i.phases {
		if !change.at.After(now) {
			last = change
		}
	}
	return last
}

// enter has a machine be in one phase at once and in another after a while.
// What it was on its way to comes to nothing.
func (i *instance) enter(now time.Time, first Phase, after time.Duration, then Phase) {
	i.phases = slices.DeleteFunc(i.phases, func(c phaseChange) bool { return c.at.After(now) })
	i.phases = append(i.phases, phaseChange{now, first}, phaseChange{now.Add(after), then})
}

// instances is the part of the API that is about machines.
type instances struct {
	*store[instance]
	options InstanceOptions
}

func newInstances(s *Server) *instances {
	return &instances{newStore[instance](s, KindInstance), s.options.Instances}
}

func (m *instances) routes() []route {
	const one = "/computing/instance/{id}"
	return []route{
		{method: http.MethodPost, path: "/computing/instance", operation: OpCreateInstance, changes: true, describe: m.describe, handle: m.create},
		{method: http.MethodGet, path: "/computing/instances", operation: OpListInstances, handle: m.list},
		{method: http.MethodGet, path: "/computing/deleted-instances", operation: OpListDeletedInstances, handle: m.listDeleted},
		{method: http.MethodGet, path: one, operation: OpReadInstance, handle: m.detail},
		{method: http.MethodDelete, path: one, operation: OpDeleteInstance, changes: true, handle: m.drop},
		{method: http.MethodGet, path: one + "/start", operation: OpStartInstance, changes: true, handle: m.start},
		{method: http.MethodGet, path: one + "/stop", operation: OpStopInstance, changes: true, handle: m.stop},
		{method: http.MethodGet, path: one + "/reboot", operation: OpRebootInstance, changes: true, handle: m.reboot},
	}
}

// instanceCreate is the body of a create.
type instanceCreate struct {
	Name      string          `json:"instance_name"`
	ProductID string          `json:"product_id"`
	ImageID   string          `json:"image_id"`
	SSHKeyID  json.RawMessage `json:"ssh_key_id"`
}

// sshKeyID is the id without its JSON type.
func (c instanceCreate) sshKeyID() string {
	var text string
	if json.Unmarshal(c.SSHKeyID, &text) == nil {
		return text
	}
	return string(c.SSHKeyID)
}

func (m *instances) describe(c *call) {
	var body instanceCreate
	if c.decode(&body) != nil {
		return
	}
	c.entry.ObjectName = body.Name
	c.note(FactProductID, body.ProductID)
	c.note(FactImageID, body.ImageID)
	c.note(FactSSHKeyID, body.sshKeyID())
}

func (m *instances) create(c *call, at time.Time) Answer {
	var body instanceCreate
	if refusal := m.server.readJSON(c, &body); refusal.Status != 0 {
		return refusal
	}
	product, image, refusal := m.check(c, body)
	if refusal.Status != 0 {
		return refusal
	}
	o := m.make(body.Name, instance{product: *product, imageID: image.ID, os: image.OSName, sshKeyID: body.sshKeyID()}, c.actor, at)
	product.take(1)
	c.entry.ObjectID = o.ID
	message := "Instances created successfully"
	if m.options.FirstRows {
		message = "Instance created successfully"
	}
	return envelopeAnswer(http.StatusOK, envelope{Message: message, Status: "success"})
}

// check finds what is wrong with a create. A refusal has a status.
func (m *instances) check(c *call, body instanceCreate) (*Product, Image, Answer) {
	s := m.server
	wrong := func(field, text string) (*Product, Image, Answer) {
		return nil, Image{}, s.refuseField(http.StatusBadRequest, FieldError{Type: "value_error", Loc: []string{"body", field}, Msg: text, Input: bodyInput(c.body)})
	}
	for _, required := range []struct{ field, value string }{
		{"instance_name", body.Name}, {"product_id", body.ProductID}, {"image_id", body.ImageID}, {"ssh_key_id", body.sshKeyID()},
	} {
		if required.value == "" {
			return wrong(required.field, required.field+" is required")
		}
	}
	if style := m.options.SSHKeyIDs; style != nil && (*style == StringIDs) != (body.SSHKeyID[0] == '"') {
		return wrong("ssh_key_id", "ssh_key_id is of the wrong type")
	}
	catalogue := thingOf[*catalogue](s).options
	product := slices.IndexFunc(catalogue.Products, func(p Product) bool { return p.ID == body.ProductID })
	image := slices.IndexFunc(catalogue.Images, func(i Image) bool { return i.ID == body.ImageID })
	switch {
	case product < 0:
		return wrong("product_id", "Product not found")
	case image < 0:
		return wrong("image_id", "Image not found")
	case m.options.KnownSSHKeys && thingOf[*sshKeys](s).find(c.actor.Account, body.sshKeyID()) == nil:
		return wrong("ssh_key_id", "SSH key not found")
	}
	p, i := &catalogue.Products[product], catalogue.Images[image]
	switch {
	case p.DCID != i.DCID || p.Region != i.Region:
		return wrong("image_id", "The image is not available for this product")
	case p.Unavailable || p.Stock == "0":
		return nil, Image{}, s.refuse(http.StatusBadRequest, "Currently out of stock")
	}
	return p, i, Answer{}
}

// take changes the stock, where it is a number that does not stand for "many".
func (p *Product) take(n int) {
	if stock, err := strconv.Atoi(p.Stock); err == nil && stock < 99 {
		p.Stock = strconv.Itoa(stock - n)
	}
}

// make deploys a machine. The state is locked, or not yet shared.
func (m *instances) make(name string, fields instance, by Actor, at time.Time) *object[instance] {
	n := len(m.issued) + 1
	if fields.product.ProductType != "Container" {
		fields.address = fmt.Sprintf("203.0.113.%d", n%250+1)
	}
	fields.user = "ubuntu"
	fields.password = fmt.Sprintf("login-%x", m.server.randomBytes(12))
	fields.phases = []phaseChange{{at, PhaseDeploying}}
	end := DeploySucceeds
	if m.options.Deployments != nil {
		end = m.options.Deployments(name)
	}
	switch end {
	case DeploySucceeds:
		fields.phases = append(fields.phases, phaseChange{at.Add(m.options.DeployTime), PhaseRunning})
	case DeployFails:
		fields.phases = append(fields.phases, phaseChange{at.Add(m.options.DeployTime), PhaseFailed})
	case DeployHangs:
	}
	return m.add(m.server.stored("instance_name", name), fields, by, at)
}

// about finds the machine that a call is about. A refusal has a status.
func (m *instances) about(c *call) (*object[instance], Answer) {
	o := m.find(c.actor.Account, c.id)
	if o == nil {
		return nil, m.server.refuse(m.options.UnknownIDStatus, "Instance not found")
	}
	c.entry.ObjectName = o.Name
	return o, Answer{}
}

func (m *instances) drop(c *call, at time.Time) Answer {
	o, refusal := m.about(c)
	if refusal.Status != 0 {
		return refusal
	}
	m.end(o, c.actor, at)
	return envelopeAnswer(http.StatusOK, envelope{Message: "Instances deleted successfully", Status: "success"})
}

// end deletes a machine, which takes a while. A second delete changes nothing.
func (m *instances) end(o *object[instance], by Actor, at time.Time) {
	if o.fields.phase(at).phase == PhaseDeleting {
		return
	}
	o.fields.enter(at, PhaseDeleting, m.options.DeleteTime, PhaseDeleted)
	products := thingOf[*catalogue](m.server).options.Products
	if i := slices.IndexFunc(products, func(p Product) bool { return p.ID == o.fields.product.ID }); i >= 0 {
		products[i].take(-1)
	}
	if m.options.DeleteTime <= 0 {
		m.remove(o, by, at)
		return
	}
	m.server.pending = append(m.server.pending, pendingCommit{at.Add(m.options.DeleteTime), func(at time.Time) { m.remove(o, by, at) }})
}

func (m *instances) start(c *call, at time.Time) Answer {
	return m.power(c, at, "started", PhaseStarting, m.options.StartTime, PhaseRunning)
}

func (m *instances) stop(c *call, at time.Time) Answer {
	return m.power(c, at, "stopped", PhaseStopping, m.options.StopTime, PhaseStopped)
}

func (m *instances) reboot(c *call, at time.Time) Answer {
	return m.power(c, at, "rebooted", PhaseRebooting, m.options.RebootTime, PhaseRunning)
}

// power carries out a call that changes what a machine is doing.
func (m *instances) power(c *call, at time.Time, done string, first Phase, after time.Duration, then Phase) Answer {
	o, refusal := m.about(c)
	if refusal.Status != 0 {
		return refusal
	}
	if phase := o.fields.phase(at).phase; phase == PhaseDeleting {
		return m.server.refuse(http.StatusBadRequest, "The instance is being deleted")
	}
	o.fields.word = ""
	o.fields.enter(at, first, after, then)
	return envelopeAnswer(http.StatusOK, envelope{Message: "Instances " + done + " successfully", Status: "success"})
}

// costOf is what a machine costs from its making to its end, or to now while it
// exists, by the second. A reserved one was paid for elsewhere.
func costOf(o *object[instance], now time.Time) *big.Rat {
	price, ok := new(big.Rat).SetString(o.fields.product.PricePerHour)
	if !ok || o.fields.reserved {
		return new(big.Rat)
	}
	until := now
	if !o.DeletedAt.IsZero() {
		until = o.DeletedAt
	}
	return price.Mul(price, big.NewRat(int64(until.Sub(o.CreatedAt)/time.Second), 3600))
}
