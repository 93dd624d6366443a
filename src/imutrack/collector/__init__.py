"""The collector: finds wearables, keeps them connected, captures what they send, and turns finished sets into results.

Its rooms, in the order in which they may import each other; `daemon` puts them together:

- `links`: one strap's link from the first advertisement to the ring of what it sent;
- `captures`: from the ring to files, and what is heard on the way there;
- `sets`: counted while they are done and analysed at their end, in a process of their own;
- `control`: the local socket over which commands and watchers come;
- `sessions`: who is treated, with which straps, and what is done;
- `health`: what is said of all of it, kept of it, and sent on.
"""
