package fakenebula

import (
	"encoding/json"
	"net/http"
	"time"
)

// OpListModels lists the models of the inference API.
const OpListModels Operation = "list models"

// Model is a row of the list of models. Numbers are as they are written, a null
// when empty.
type Model struct {
	Name, Alias, Type, ContextLength, MaxCompletionTokens, Description, Price, HuggingFaceURL string
}

// DocumentedModels are those of the vendor's documentation.
func DocumentedModels() []Model {
	return []Model{
		{"deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "DeepSeek-R1-Distill-Llama-70B", "Text", "32768", "10000", "A distilled 70B text model", "0", "https://huggingface.co/deepseek-ai/DeepSeek-R1-Distill-Llama-70B"},
		{"stabilityai/stable-diffusion-xl-base-1.0", "SD-XL 1.0-base", "Image", "", "10000", "An image model", "0.009", "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0"},
		{"WhereIsAI/UAE-Large-V1", "UAE-Large-V1", "Embedding", "512", "10000", "A universal English sentence embedding model by WhereIsAI with 1024-dim embeddings and 512 context length support", "0.012", "https://huggingface.co/WhereIsAI/UAE-Large-V1"},
	}
}

// models is the part of the API that lists what the inference API serves.
type models struct{ rows []Model }

func newModels(s *Server) *models {
	if s.options.Models != nil {
		return &models{s.options.Models}
	}
	return &models{DocumentedModels()}
}

func (m *models) routes() []route {
	return []route{{method: http.MethodGet, path: "/serverless/models", operation: OpListModels, handle: m.list}}
}

func (m *models) list(*call, time.Time) Answer {
	rows := []json.RawMessage{}
	for _, row := range m.rows {
		rows = append(rows, marshal(struct {
			Name           string          `json:"model_name"`
			Alias          string          `json:"model_alias"`
			Type           string          `json:"model_type"`
			ContextLength  json.RawMessage `json:"context_length"`
			MaxTokens      json.RawMessage `json:"max_completion_tokens"`
			Description    string          `json:"description"`
			Price          json.RawMessage `json:"price"`
			HuggingFaceURL string          `json:"huggingface_url"`
		}{row.Name, row.Alias, row.Type, numberOrNull(row.ContextLength), numberOrNull(row.MaxCompletionTokens), row.Description, numberOrNull(row.Price), row.HuggingFaceURL}))
	}
	return succeeded("Get models list successfully.", struct {
		Models []json.RawMessage `json:"models"`
	}{rows})
}

func numberOrNull(digits string) json.RawMessage {
	if digits == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(digits)
}
