"""Planning: a conditioning request becomes a plan, and a log of what was taken how.

`planning.request.plan_request` is the way in; every choice that a request leaves open is drawn from
the seed, so that the same request and seed give the same plan.
"""
