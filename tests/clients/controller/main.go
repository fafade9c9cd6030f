// A small controller on controller-runtime: it accepts every HTTPRoute it sees, keeps a ConfigMap
// and a Secret for each, and prints "done" once the cache, the writes, the status and the deletes
// of the API have all shown themselves, and a reflector that asks from a revision the API no longer
// knows has been told so (410) and listed again. Anything else ends it with an error.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var routeKind = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}

func newRoute(namespace, name string) *unstructured.Unstructured {
	route := &unstructured.Unstructured{}
	route.SetGroupVersionKind(routeKind)
	route.SetNamespace(namespace)
	route.SetName(name)
	return route
}

type reconciler struct{ client client.Client }

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	route := newRoute(request.Namespace, request.Name)
	if err := r.client.Get(ctx, request.NamespacedName, route); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if !route.GetDeletionTimestamp().IsZero() {
		controllerutil.RemoveFinalizer(route, "example.com/hold")
		return reconcile.Result{}, r.client.Update(ctx, route)
	}
	if controllerutil.AddFinalizer(route, "example.com/hold") {
		if err := r.client.Update(ctx, route); err != nil {
			return reconcile.Result{}, err
		}
	}
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: request.Namespace, Name: request.Name}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.client, config, func() error {
		config.Data = map[string]string{"seen": "yes"}
		return controllerutil.SetControllerReference(route, config, r.client.Scheme())
	})
	if err != nil {
		return reconcile.Result{}, err
	}
	before := route.DeepCopy()
	parents := []interface{}{map[string]interface{}{
		"controllerName": "example.com/test",
		"parentRef":      map[string]interface{}{"name": "web"},
		"conditions": []interface{}{map[string]interface{}{
			"type": "Accepted", "status": "True", "reason": "Accepted", "message": "",
			"lastTransitionTime": "2026-01-01T00:00:00Z",
		}},
	}}
	if err := unstructured.SetNestedSlice(route.Object, parents, "status", "parents"); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{}, r.client.Status().Patch(ctx, route, client.MergeFrom(before))
}

func main() {
	ctrl.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	if err := run(); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("done")
}

func run() error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Metrics: server.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		LeaderElection: true, LeaderElectionID: "test.example.com", LeaderElectionNamespace: "default",
	})
	if err != nil {
		return err
	}
	builder := ctrl.NewControllerManagedBy(manager).Named("routes").For(newRoute("", "")).Owns(&corev1.ConfigMap{})
	if err := builder.Complete(&reconciler{manager.GetClient()}); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), 90*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	direct, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	if err := drive(ctx, direct); err != nil {
		return err
	}
	if err := expired(ctx, config); err != nil {
		return err
	}
	stop()
	return <-ended
}

func until(ctx context.Context, what string, is func() (bool, error)) error {
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) { return is() })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	fmt.Println("ok", what)
	return nil
}

func drive(ctx context.Context, c client.Client) error {
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ctrl"}}
	if err := c.Create(ctx, space); err != nil {
		return err
	}
	if err := typed(ctx, c); err != nil {
		return err
	}
	route := newRoute("ctrl", "app")
	rules := []interface{}{map[string]interface{}{}}
	if err := unstructured.SetNestedSlice(route.Object, rules, "spec", "rules"); err != nil {
		return err
	}
	if err := c.Create(ctx, route); err != nil {
		return err
	}
	key := client.ObjectKeyFromObject(route)
	err := until(ctx, "the controller accepts the route", func() (bool, error) {
		found := newRoute("", "")
		if err := c.Get(ctx, key, found); err != nil {
			return false, err
		}
		parents, _, _ := unstructured.NestedSlice(found.Object, "status", "parents")
		return len(parents) == 1 && found.GetGeneration() == 1, nil
	})
	if err != nil {
		return err
	}
	if err := c.Delete(ctx, route); err != nil {
		return err
	}
	err = until(ctx, "the route and what it owns are gone", func() (bool, error) {
		gone := apierrors.IsNotFound(c.Get(ctx, key, newRoute("", "")))
		return gone && apierrors.IsNotFound(c.Get(ctx, key, &corev1.ConfigMap{})), nil
	})
	if err != nil {
		return err
	}
	if err := c.Delete(ctx, space); err != nil {
		return err
	}
	return until(ctx, "the namespace is gone", func() (bool, error) {
		return apierrors.IsNotFound(c.Get(ctx, client.ObjectKeyFromObject(space), space)), nil
	})
}

func typed(ctx context.Context, c client.Client) error {
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "ctrl", Name: name} }
	ready := false
	objects := []client.Object{
		&corev1.Secret{ObjectMeta: meta("s"), StringData: map[string]string{"a": "b"}},
		&corev1.Service{ObjectMeta: meta("svc"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		&corev1.ServiceAccount{ObjectMeta: meta("sa")},
		&corev1.Pod{ObjectMeta: meta("p"), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}},
		&discoveryv1.EndpointSlice{ObjectMeta: meta("es"), AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"127.0.0.1"},
				Conditions: discoveryv1.EndpointConditions{Ready: &ready}}}},
	}
	for _, object := range objects {
		if err := c.Create(ctx, object); err != nil {
			return fmt.Errorf("create %T: %w", object, err)
		}
		if err := c.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return fmt.Errorf("get %T: %w", object, err)
		}
		object.SetLabels(map[string]string{"changed": "yes"})
		if err := c.Update(ctx, object); err != nil {
			return fmt.Errorf("update %T: %w", object, err)
		}
		before := object.DeepCopyObject().(client.Object)
		object.SetLabels(map[string]string{"changed": "again"})
		if err := c.Patch(ctx, object, client.StrategicMergeFrom(before)); err != nil {
			return fmt.Errorf("patch %T: %w", object, err)
		}
		stale := before
		if err := c.Update(ctx, stale); !apierrors.IsConflict(err) {
			return fmt.Errorf("an old %T should be a conflict: %v", object, err)
		}
	}
	secret := objects[0].(*corev1.Secret)
	if string(secret.Data["a"]) != "b" {
		return errors.New("the secret lost its data")
	}
	if conditions := objects[4].(*discoveryv1.EndpointSlice).Endpoints[0].Conditions; conditions.Ready == nil || *conditions.Ready {
		return errors.New("the endpoint is no longer unready")
	}
	pods := &corev1.PodList{}
	if err := c.List(ctx, pods, client.InNamespace("ctrl"), client.MatchingLabels{"changed": "again"}); err != nil {
		return err
	}
	if len(pods.Items) != 1 {
		return fmt.Errorf("%d pods", len(pods.Items))
	}
	fmt.Println("ok typed clients")
	return c.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace("ctrl"))
}

// More changes than the API keeps of one kind.
const changes, writers = 6000, 16

// expired sets a reflector going whose first list claims to be from a revision that the API no
// longer knows, since so much has changed after it.
func expired(ctx context.Context, config *rest.Config) error {
	config = rest.CopyConfig(config)
	config.QPS = -1 // as fast as the API takes them
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	accounts := clients.CoreV1().ServiceAccounts("default")
	add := func(name string) (string, error) {
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
		made, err := accounts.Create(ctx, account, metav1.CreateOptions{})
		return made.GetResourceVersion(), err
	}
	old, err := add("first")
	if err != nil {
		return err
	}
	done := make(chan error, writers)
	for writer := range writers {
		go func() {
			for number := range changes / writers {
				patch := fmt.Sprintf(`{"metadata":{"labels":{"w%d":"%d"}}}`, writer, number)
				_, err := accounts.Patch(ctx, "first", types.MergePatchType, []byte(patch), metav1.PatchOptions{})
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			return err
		}
	}
	var lists, told atomic.Int32
	source := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			found, err := accounts.List(ctx, options)
			if err == nil && lists.Add(1) == 1 {
				found.ResourceVersion = old
			}
			return found, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			if options.SendInitialEvents != nil {
				return nil, errors.New("this one lists and watches")
			}
			found, err := accounts.Watch(ctx, options)
			if apierrors.IsResourceExpired(err) {
				told.Add(1)
			}
			return found, err
		},
	}
	store := cache.NewStore(cache.MetaNamespaceKeyFunc)
	go cache.NewReflector(source, &corev1.ServiceAccount{}, store, 0).RunWithContext(ctx)
	err = until(ctx, "a watch from too old a revision is refused, and lists again", func() (bool, error) {
		return told.Load() == 1 && lists.Load() == 2, nil
	})
	if err != nil {
		return fmt.Errorf("%w: %d refusals, %d lists", err, told.Load(), lists.Load())
	}
	if _, err := add("second"); err != nil {
		return err
	}
	return until(ctx, "it sees what comes then", func() (bool, error) {
		_, there, err := store.GetByKey("default/second")
		return there && told.Load() == 1 && lists.Load() == 2, err
	})
}
