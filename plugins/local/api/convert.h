/* convert.h: events in the form of the core group and in that of events.k8s.io: the same objects under other names.
 * Source: k8s.io/kubernetes/pkg/apis/events/v1/conversion.go. */
#pragma once

#include <jv.h>

jv convert_event_to_core(jv object);    /* lent; the other form is owned */
jv convert_event_from_core(jv object);
