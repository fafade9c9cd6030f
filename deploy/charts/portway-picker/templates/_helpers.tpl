{{- define "picker.pool" -}}
{{ required "pool: name an InferencePool of this namespace" .Values.pool }}
{{- end }}

{{/* A Service has 63 characters in its name at most and no dots; a pool may have more, and some. */}}
{{- define "picker.name" -}}
{{- $pool := include "picker.pool" . -}}
{{- if or (gt (len $pool) 56) (contains "." $pool) -}}
{{- $plain := $pool | replace "." "-" | trunc 47 | trimSuffix "-" -}}
{{ printf "%s-%s-picker" $plain (sha256sum $pool | trunc 8) }}
{{- else -}}
{{ $pool }}-picker
{{- end -}}
{{- end }}

{{- define "picker.selector" -}}
app.kubernetes.io/name: portway
app.kubernetes.io/component: picker
app.kubernetes.io/instance: {{ include "picker.name" . }}
{{- end }}

{{- define "picker.labels" -}}
{{ include "picker.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "picker.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
