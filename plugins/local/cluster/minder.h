/* minder.h: the process above the roles of a cluster: starts them in order, minds them (child.h), answers on a socket.
 *
 * The socket (SOCK_SEQPACKET, in the run folder) takes one request a packet, words with a blank between, and answers
 * each with a packet of JSON, {"error":TEXT} or the status: status
 * {"pid":N,"processes":[{"name":T,"state":T,"pid":N,"restarts":N}]} follow                  the status now and again
 * after each change down                    the status; the connection ends when everything has node-start NAME adds
 * the node where it is new, starts it; the status node-stop NAME          kills it and does not start it again; the
 * status node-remove NAME        ends it and forgets it; the status */
#pragma once

struct err;

char *minder_socket(const char *cluster); /* its path; the caller frees */

/* The minder itself: listener is a listening socket as above, taken. Runs until `down` or SIGTERM; 0 or -1. */
int minder_main(const char *cluster, int listener, struct err *err);
