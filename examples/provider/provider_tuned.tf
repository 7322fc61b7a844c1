provider "nebula" {
  request_timeout         = "45s"
  max_retries             = 6
  max_requests_per_second = 5
}
