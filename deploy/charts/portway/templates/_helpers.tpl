{{/* What everything here is called. One installation for each namespace, so the name can be fixed:
what belongs to the whole cluster carries the namespace. */}}
{{- define "portway.name" -}}portway{{- end }}
{{- define "portway.clusterName" -}}portway-{{ .Release.Namespace }}{{- end }}

{{- define "portway.selector" -}}
app.kubernetes.io/name: portway
app.kubernetes.io/component: controller
{{- end }}

{{- define "portway.labels" -}}
{{ include "portway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "portway.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
