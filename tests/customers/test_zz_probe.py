import datetime as dt
import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text, imported, lay_out, orders_csv
from shopkeeper.customers.past import Past
from shopkeeper.customers.next_category import next_category
from shopkeeper.customers.tags import TAGS, Tag, tag_customers
from shopkeeper.shop import Shop
import time
FIRST = dt.date(2023, 1, 1)
BY_NAME = {tag.name: tag for tag in TAGS}

def _known_truth(customers=800, days=400):
    draw = np.random.default_rng(1)
    often, on_deal = np.arange(customers) % 2 == 0, np.arange(customers) % 4 < 2
    came = draw.random((customers, days)) < np.where(often, 1 / 20, 1 / 200)[:, None]
    came[np.arange(customers), draw.integers(0, 60, customers)] = True
    orders, lines = [], []
    for n, day in np.argwhere(came):
        paid = 8 if on_deal[n] and draw.random() < 0.9 else 10
        orders.append((f"o{len(orders)}", f"{n}", f"{FIRST + dt.timedelta(days=int(day))} 12:00", paid))
        lines.append((orders[-1][0], 1, "tea", 1, 10, paid, paid))
    return orders, lines

def test_tags(bench):
    orders, lines = _known_truth()
    carts = [(f"v{n}", f"{n}", f"{FIRST + dt.timedelta(days=d)} 18:00", "cart", "cup") for n in range(0,800) for d in range(n % 28, 399, 28)]
    t=time.process_time()
    imported("acme", {"orders.csv": orders_csv(*orders), "order_lines.csv": csv_text(["order_id","line","sku","quantity","list_price","customer_paid","net_revenue"],*lines),
       "products.csv": csv_text(["sku","product"],("tea","Tea")), "events.csv": csv_text(["visitor_id","customer_id","at","kind","sku"],*carts)}, "public = true"); print('import', time.process_time()-t)
    past = Past(Shop("acme", str(FIRST+dt.timedelta(days=399))))
    coin = Tag("coin_30", 30, lambda past: (past.net_revenue // 2) % 2 == 0, if_ordered=True)
    who=pd.Series(range(800),[past.shop.brand.pseudonym(str(n)) for n in range(800)])
    for tag in (BY_NAME["order_30"], BY_NAME["deal_90"], BY_NAME["cart_7"], coin):
        t=time.process_time(); r=tag_customers(past,tag,1); print(tag.name, time.process_time()-t, r.tested)
        if len(r.now): print(len(r.now), r.now.groupby([who.reindex(r.now.index)%4]).mean())
    0/0
def test_next(bench):
    draw = np.random.default_rng(2)
    orders, lines = [], []
    customers=450; days=270
    own=np.arange(customers)%3
    chance = np.array([1/20,1/100,0])[(np.arange(3)[None,:]-own[:,None])%3]
    bought = draw.random((customers,days,3)) < chance[:,None,:]
    bought[np.arange(customers), draw.integers(0,60,customers), own]=True
    for n, day in np.argwhere(bought.any(axis=2)):
        orders.append((f"o{len(orders)}", f"{n}", f"{FIRST + dt.timedelta(days=int(day))} 12:00", 10))
        lines += [(orders[-1][0], k, ("tea","cup","pot")[k], 1, 10, 10) for k in np.flatnonzero(bought[n,day])]
    imported("acme", {"orders.csv": orders_csv(*orders), "order_lines.csv": csv_text(["order_id","line","sku","quantity","list_price","net_revenue"],*lines),
       "products.csv": csv_text(["sku","product","category"],("tea","Tea","tea"),("cup","C","cup"),("pot","P","pot"))},"public = true")
    past = Past(Shop("acme", str(FIRST+dt.timedelta(days=days-1))))
    t=time.process_time(); f=next_category(past,1,(30,)); print(time.process_time()-t); print(f.tested.T.to_string())
    who=pd.Series(own,[past.shop.brand.pseudonym(str(n)) for n in range(customers)])
    c=f.now.category.map({"tea":0,"cup":1,"pot":2}); rel=(c.to_numpy()-who.loc[f.now.customer_id].to_numpy())%3
    print(f.now.groupby(rel).probability.describe(), past.categories); print(f.curve)
    0/0
