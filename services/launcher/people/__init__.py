"""The sample people: any portrait photo walks up to a kiosk, and blinks, turns and opens its mouth when asked.

No challenge can stop this, so everything that it sends is marked `simulated`.
"""
