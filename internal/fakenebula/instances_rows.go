package fakenebula

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// row is a member of JSON objects by name.
type row map[string]any

func (m *instances) list(c *call, at time.Time) Answer {
	var shown []*object[instance]
	for _, o := range m.issued {
		if o.Account == c.actor.Account && m.listed(c, o, at) {
			shown = append(shown, o)
		}
	}
	return m.page(c, shown, at, "All instances retrieved successfully")
}

// listed says whether a list shows a machine.
func (m *instances) listed(c *call, o *object[instance], at time.Time) bool {
	switch kind := c.query.Get("type"); {
	case kind == "0" && o.fields.reserved, kind == "1" && !o.fields.reserved, kind == "" && o.fields.reserved && m.options.HideReserved:
		return false
	case o.visibleAt.After(at), c.omit != nil && c.omit(o.Object):
		return false
	}
	return o.DeletedAt.IsZero() || at.Before(o.DeletedAt.Add(m.options.ShowDeletedFor))
}

func (m *instances) listDeleted(c *call, at time.Time) Answer {
	var gone []*object[instance]
	for _, o := range m.issued {
		if o.Account == c.actor.Account && !o.DeletedAt.IsZero() && (c.omit == nil || !c.omit(o.Object)) {
			gone = append(gone, o)
		}
	}
	slices.SortStableFunc(gone, func(a, b *object[instance]) int { return b.DeletedAt.Compare(a.DeletedAt) })
	return m.page(c, gone, at, "All deleted instances retrieved successfully")
}

// page is a page of machines with the total beside the rows.
func (m *instances) page(c *call, all []*object[instance], at time.Time, message string) Answer {
	part, total, refusal := paged(m.server, c, all)
	if refusal.Status != 0 {
		return refusal
	}
	rows := make([]row, len(part))
	for i, o := range part {
		rows[i] = m.row(o, at)
	}
	return encoded(http.StatusOK, struct {
		Data    []row  `json:"data"`
		Total   *int   `json:"total_instance,omitempty"`
		Message string `json:"message"`
		Status  string `json:"status"`
	}{rows, total, message, "success"})
}

// row is a machine as a list shows it.
func (m *instances) row(o *object[instance], at time.Time) row {
	p := o.fields.product
	r := row{
		"id": m.server.idJSON(o.ID), "region": p.Region, "product_type": p.ProductType, "host_name": o.Name,
		"cpu_cores": m.integer(p.CPU), "ram": m.integer(p.RAM), "gpu_type": p.GPU, "gpu_count": m.integer(p.GPUCount),
		"disk_size": m.integer(p.Disk), "ephemeral": m.integer(p.Ephemeral), "public_ipv4": m.address(o, at),
		"price_per_hour": m.number(p.PricePerHour), "os": o.fields.os, "status": m.status(o, at),
	}
	switch {
	case m.options.FirstRows:
		r["instance_type"], r["cpu_cores"], r["ram"] = p.ProductType, strconv.Itoa(p.CPU), strconv.Itoa(p.RAM)
		r["vm_name"], r["vm_password"] = o.fields.user, o.fields.password
		delete(r, "product_type")
		delete(r, "ephemeral")
		delete(r, "price_per_hour")
	case m.options.Rows == Reading2025:
		m.add2025(r, o, float64(o.CreatedAt.UnixMilli())/1000)
	}
	return r
}

// add2025 adds the fields that rows have since 2025.
func (m *instances) add2025(r row, o *object[instance], createdAt any) {
	p := o.fields.product
	r["name"], r["gpu"], r["gpu_type"], r["dc_id"] = o.Name, p.GPU, p.GPUType, p.DCID
	r["cpu_model"], r["cpu_count"] = "INTEL(R) XEON(R) PLATINUM 8558", "2"
	r["team_id"], r["team"], r["user"] = nil, nil, row{"id": 123, "name": "Test User", "email": "testemail@gmail.com"}
	r["created_at"], r["type"], r["started_at"], r["ended_at"] = createdAt, 0, nil, nil
	if o.fields.reserved {
		r["type"] = 1
		r["started_at"], r["ended_at"] = float64(o.fields.startedAt.UnixMilli())/1000, float64(o.fields.ends.UnixMilli())/1000
	}
}

// status is the machine's word.
func (m *instances) status(o *object[instance], at time.Time) string {
	if !o.DeletedAt.IsZero() {
		return m.options.word(PhaseDeleted)
	}
	return cmp.Or(o.fields.word, m.options.word(o.fields.phase(at).phase))
}

// address is the machine's address, "" until it has one.
func (m *instances) address(o *object[instance], at time.Time) string {
	for _, change := range o.fields.phases {
		if change.phase == PhaseRunning && !change.at.Add(m.options.AddressAfter).After(at) {
			return o.fields.address
		}
	}
	return ""
}

// detail is a machine as only its owner sees it, in an array of one.
func (m *instances) detail(c *call, at time.Time) Answer {
	o, refusal := m.about(c)
	if refusal.Status != 0 {
		return refusal
	}
	r := m.row(o, at)
	for _, listOnly := range []string{"name", "team", "user", "vm_name", "vm_password"} {
		delete(r, listOnly)
	}
	hours := at.Sub(o.CreatedAt).Hours()
	dollars, _ := costOf(o, at).Float64()
	r["login_method"], r["exposed_ports"] = "", m.options.ExposedPorts
	r[m.options.UserField], r[m.options.PasswordField] = o.fields.user, o.fields.password
	r["running_time"], r["total_cost"] = fmt.Sprintf("%.4f hours", hours), fmt.Sprintf("$%.4f", dollars)
	local := o.CreatedAt.UTC().Add(-5 * time.Hour)
	if m.options.Rows == Reading2024 {
		r["cpu_cores"], r["ram"] = strconv.Itoa(o.fields.product.CPU), strconv.Itoa(o.fields.product.RAM)
		r["start_time"] = local.Format("EST 2006-01-02 15:04:05")
		delete(r, "ephemeral")
		delete(r, "price_per_hour")
	} else {
		r["start_time"] = local.Format("2006-01-02 15:04:05 EST")
		r["created_at"] = o.CreatedAt.Unix()
		r["username"], r["lan_ipv4"], r["bandwidth"], r["image"] = o.fields.user, nil, 1024, nil
		delete(r, "price_per_hour")
	}
	if address := m.address(o, at); address != "" && m.options.Rows == Reading2025 && !o.fields.reserved {
		r["lan_ipv4"] = "10" + address[3:]
	}
	return succeeded("Get instance detail successfully", []row{r})
}

// number is a decimal number as JSON, and null where there is none.
func (m *instances) number(digits string) json.RawMessage {
	switch {
	case digits == "":
		return json.RawMessage("null")
	case m.options.TextNumbers:
		return quoted(digits)
	}
	return json.RawMessage(digits)
}

func (m *instances) integer(n int) json.RawMessage { return m.number(strconv.Itoa(n)) }
