{{/* What belongs to the whole cluster. */}}
{{- define "portway.rules.cluster" -}}
# Which classes are ours; what is written beside their status is read before.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gatewayclasses]
  verbs: [get, list, watch{{ if .Values.gatewayClass.create }}, create{{ end }}]
# Whether a class is accepted, and which features there are.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gatewayclasses/status]
  verbs: [patch]
# Listeners and ListenerSets choose namespaces by their labels.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list, watch]
  {{- with .Values.watchNamespaces }}
  resourceNames: {{ toJson . }}
  {{- end }}
# Authorities for a whole cluster, which belong to no namespace.
- apiGroups: [certificates.k8s.io]
  resources: [clustertrustbundles]
  verbs: [list, watch]
# Kinds are read as soon as their definition is there; of a definition only its metadata is read.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: [list, watch]
{{- end }}

{{/* What is in namespaces: in all of them, or in those that are watched. */}}
{{- define "portway.rules.namespaced" -}}
# Gateways, routes and policies; what is written beside their status is read before.
- apiGroups: [gateway.networking.k8s.io]
  resources:
    - gateways
    - listenersets
    - httproutes
    - grpcroutes
    - tlsroutes
    - tcproutes
    - udproutes
    - backendtlspolicies
  verbs: [get, list, watch]
- apiGroups: [gateway.networking.x-k8s.io]
  resources: [xbackends, xbackendtrafficpolicies]
  verbs: [get, list, watch]
- apiGroups: [inference.networking.k8s.io]
  resources: [inferencepools]
  verbs: [get, list, watch]
# What is said of them: our own conditions and entries, by server-side apply.
- apiGroups: [gateway.networking.k8s.io]
  resources:
    - gateways/status
    - listenersets/status
    - httproutes/status
    - grpcroutes/status
    - tlsroutes/status
    - tcproutes/status
    - udproutes/status
    - backendtlspolicies/status
  verbs: [patch]
- apiGroups: [gateway.networking.x-k8s.io]
  resources: [xbackends/status, xbackendtrafficpolicies/status]
  verbs: [patch]
- apiGroups: [inference.networking.k8s.io]
  resources: [inferencepools/status]
  verbs: [patch]
# Who may refer to whom across namespaces.
- apiGroups: [gateway.networking.k8s.io]
  resources: [referencegrants]
  verbs: [list, watch]
# Backends that are no Services, what proxies are to be like, and what models may take.
- apiGroups: [portway.dev]
  resources: [backends, proxyconfigs, tokenlimits]
  verbs: [list, watch]
# Where requests go: Services, their endpoints, and the pods of InferencePools.
- apiGroups: [""]
  resources: [services, pods]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
# Certificates and keys of listeners, and the authorities that are trusted. RBAC cannot say "those
# that a Gateway refers to", but no others are asked for: each by its name, or where many are named all
# of a namespace. Who does not want it in all namespaces names some in watchNamespaces.
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [list, watch]
{{- if .Values.provisioning.enabled }}
# What is made for each Gateway, in its own namespace, by server-side apply; only what carries our
# label is ever changed or deleted, and a name is looked at before it is taken.
- apiGroups: [apps]
  resources: [deployments, daemonsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
# All of these belong to their Gateway and hold up its deletion (blockOwnerDeletion), which some
# clusters, OpenShift among them, allow only to those who may finalize it.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways/finalizers]
  verbs: [update]
# What the proxies of a Gateway show to the controller, <generated name>-xds, and what they begin with
# while no controller answers, <generated name>-snapshot; both beside them.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create, update]
{{- if .Values.provisioning.pickers }}
# Pickers for pools that ask for one: what such a picker may read is a role of its own, and that role
# alone can be given to others.
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames: [{{ include "portway.clusterName" . }}-picker]
  verbs: [bind]
- apiGroups: [inference.networking.k8s.io]
  resources: [inferencepools/finalizers]
  verbs: [update]
{{- end }}
{{- end }}
{{- end }}

{{/* What a picker reads in the namespace of its pool, by a RoleBinding there. */}}
{{- define "portway.rules.picker" -}}
# The pool, and the pods that it selects.
- apiGroups: [inference.networking.k8s.io]
  resources: [inferencepools]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# Priorities and names of models, in the group they had and in the one they have, as far as their
# definitions are there.
- apiGroups: [llm-d.ai]
  resources: [inferenceobjectives, inferencemodelrewrites]
  verbs: [list, watch]
- apiGroups: [inference.networking.x-k8s.io]
  resources: [inferenceobjectives, inferencemodelrewrites]
  verbs: [list, watch]
{{- end }}

{{/* What is in the installation's own namespace. */}}
{{- define "portway.rules.own" -}}
# The lease of the one replica that writes. No name can be given where something is made.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [portway]
  verbs: [get, update]
{{- if .Values.provisioning.enabled }}
# The authority by which the controller and its proxies know each other.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [portway-xds-authority]
  verbs: [get, update]
# What replicas tell each other of their proxies, each in a ConfigMap of its own; the leader clears
# away those of the dead.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list, watch, create, patch, delete]
{{- end }}
{{- end }}

{{/* A binding of the controller: kind of the role, its name. */}}
{{- define "portway.binding" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "portway.name" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
