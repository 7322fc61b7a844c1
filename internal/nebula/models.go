package nebula

import "context"

// InferenceModel is a model that the inference API serves (GET
// /serverless/models). A number that the row lacks is "".
type InferenceModel struct {
	Name  Text `json:"model_name"`
	Alias Text `json:"model_alias"`
	// Type is "Text", "Image", "Embedding" and the like.
	Type Text `json:"model_type"`
	// ContextLength and MaxCompletionTokens are in tokens.
	ContextLength       Number `json:"context_length"`
	MaxCompletionTokens Number `json:"max_completion_tokens"`
	Description         Text   `json:"description"`
	// Price is in US dollars; the API does not say for what.
	Price          Number `json:"price"`
	HuggingFaceURL Text   `json:"huggingface_url"`
}

// lacks spoils the list for a row without a name.
func (m InferenceModel) lacks() string {
	if m.Name == "" {
		return "a model in the answer has no name"
	}
	return ""
}

// ListModels gives the models (GET /serverless/models).
func (c *Client) ListModels(ctx context.Context) ([]InferenceModel, error) {
	return whole(ctx, c, listOf[InferenceModel]{target: at("/serverless/models"), member: "models",
		key: func(m InferenceModel) string { return string(m.Name) }})
}
